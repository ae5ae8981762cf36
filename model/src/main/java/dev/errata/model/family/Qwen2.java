package dev.errata.model.family;

import java.util.List;

/** Qwen 2 and 2.5 (Yang et al. 2024): biases on q, k and v. */
final class Qwen2 {
    static final ModelFamily FAMILY = new ModelFamily(
            "qwen2",
            "Qwen2ForCausalLM",
            FamilyKeys.of(),
            new ConfigDefaults(32, 0, 32768, 1e-6, 4096, false, -1, List.of()),
            true,
            WindowRule.SOME_LAYERS,
            FamilyArithmetic.LLAMA,
            Llama.BLOCK,
            new GgufForm("qwen2", false, false, false));

    private Qwen2() {}
}
