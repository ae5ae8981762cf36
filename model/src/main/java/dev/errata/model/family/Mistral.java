package dev.errata.model.family;

import java.util.List;

/** Mistral (Jiang et al. 2023): a LLaMA whose queries see a window of keys. */
final class Mistral {
    static final ModelFamily FAMILY = new ModelFamily(
            "mistral",
            "MistralForCausalLM",
            FamilyKeys.of(),
            new ConfigDefaults(8, 0, 131072, 1e-6, 4096, false, 1, List.of(2)),
            false,
            WindowRule.ALL_LAYERS,
            FamilyArithmetic.LLAMA,
            Llama.BLOCK,
            Llama.GGUF);

    private Mistral() {}
}
