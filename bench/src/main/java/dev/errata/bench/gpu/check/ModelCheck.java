package dev.errata.bench.gpu.check;

import dev.errata.bench.gpu.LlamaSize;
import dev.errata.bench.gpu.check.DecodingCheck.Weights;
import dev.errata.tensor.Backend;
import java.util.ArrayList;
import java.util.List;

/** Something that a small model with random weights, made on the spot, does on the device and on the CPU. */
sealed interface ModelCheck permits TrainingCheck, DecodingCheck {
    /** More than a kernel for few rows takes. */
    int MANY = 26;

    /** All of them, in the order in which they are done; tiny ones for the simulator. */
    static List<ModelCheck> of(boolean isSimulated) {
        LlamaSize small = isSimulated ? LlamaSize.TINY : LlamaSize.SMALL;
        int length = isSimulated ? 13 : 201;
        List<ModelCheck> checks = new ArrayList<>(List.of(
                new TrainingCheck(small, length, 8, "f32"),
                new TrainingCheck(small, length, 8, "bf16"),
                new DecodingCheck(small, Weights.F32, 1),
                new DecodingCheck(small, Weights.BF16, 1)));
        if (!isSimulated) {
            checks.add(new TrainingCheck(LlamaSize.WIDE, 2 * length, 64, "bf16"));
            checks.add(new DecodingCheck(LlamaSize.WIDE, Weights.NF4, MANY));
        }
        return List.copyOf(checks);
    }

    /** In words, without the result. */
    String what();

    CheckedModel run(Backend device, Backend cpu);
}
