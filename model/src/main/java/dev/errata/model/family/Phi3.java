package dev.errata.model.family;

import java.util.List;
import java.util.Set;

/** Phi-3 and Phi-4-mini (Abdin et al. 2024): q, k and v in one matrix, gate and up in another, LongRoPE. */
final class Phi3 {
    static final ModelFamily FAMILY = new ModelFamily(
            "phi3",
            "Phi3ForCausalLM",
            new FamilyKeys("hidden_act", Set.of(), true, Set.of("su", "yarn"), 4096),
            new ConfigDefaults(0, 0, 4096, 1e-5, 0, false, 1, List.of(32000)),
            false,
            WindowRule.ALL_LAYERS,
            FamilyArithmetic.LLAMA,
            List.of(
                    new BlockTensor(BlockPart.INPUT_NORM, "input_layernorm", "attn_norm"),
                    new BlockTensor(BlockPart.QUERY_KEY_VALUE, "self_attn.qkv_proj", "attn_qkv"),
                    new BlockTensor(BlockPart.OUTPUT, "self_attn.o_proj", "attn_output"),
                    new BlockTensor(BlockPart.FEED_FORWARD_NORM, "post_attention_layernorm", "ffn_norm"),
                    new BlockTensor(BlockPart.GATE_UP, "mlp.gate_up_proj", "ffn_up"),
                    new BlockTensor(BlockPart.DOWN, "mlp.down_proj", "ffn_down")),
            new GgufForm("phi3", false, false, true));

    private Phi3() {}
}
