package dev.errata.bench.gpu.check;

import dev.errata.bench.gpu.LlamaSize;
import dev.errata.tensor.Backend;
import java.util.List;

/** Something that a small model with random weights, made on the spot, does on the device and on the CPU. */
sealed interface ModelCheck permits TrainingCheck, DecodingCheck {
    /** All of them, in the order in which they are done. */
    static List<ModelCheck> of(LlamaSize size) {
        return List.of(
                new TrainingCheck(size, "f32"),
                new TrainingCheck(size, "bf16"),
                new DecodingCheck(size, false),
                new DecodingCheck(size, true));
    }

    /** In words, without the result. */
    String what();

    CheckedModel run(Backend device, Backend cpu);
}
