package dev.errata.model.family;

import java.util.List;
import java.util.stream.Stream;

/** Qwen 3 (Yang et al. 2025): a norm of each head of q and k. */
final class Qwen3 {
    static final ModelFamily FAMILY = new ModelFamily(
            "qwen3",
            "Qwen3ForCausalLM",
            FamilyKeys.of(FamilyKeys.ATTENTION_BIAS),
            new ConfigDefaults(32, 128, 32768, 1e-6, 4096, false, -1, List.of()),
            false,
            WindowRule.SOME_LAYERS,
            FamilyArithmetic.LLAMA,
            Stream.concat(
                            Llama.BLOCK.stream(),
                            Stream.of(
                                    new BlockTensor(BlockPart.QUERY_NORM, "self_attn.q_norm", "attn_q_norm"),
                                    new BlockTensor(BlockPart.KEY_NORM, "self_attn.k_norm", "attn_k_norm")))
                    .toList(),
            new GgufForm("qwen3", false, false, false));

    private Qwen3() {}
}
