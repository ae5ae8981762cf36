package dev.errata.bench.gpu.check;

import dev.errata.bench.gpu.LlamaSize;
import dev.errata.tensor.Backend;
import java.util.List;

/** Something that a small model with random weights, made on the spot, does on the device and on the CPU. */
sealed interface ModelCheck permits TrainingCheck, DecodingCheck {
    /** All of them, in the order in which they are done; tiny ones for the simulator. */
    static List<ModelCheck> of(boolean isSimulated) {
        LlamaSize size = isSimulated ? LlamaSize.TINY : LlamaSize.SMALL;
        int length = isSimulated ? 13 : 201;
        return List.of(
                new TrainingCheck(size, length, "f32"),
                new TrainingCheck(size, length, "bf16"),
                new DecodingCheck(size, false),
                new DecodingCheck(size, true));
    }

    /** In words, without the result. */
    String what();

    CheckedModel run(Backend device, Backend cpu);
}
