package dev.errata.model.family;

import dev.errata.tensor.Activation;
import java.util.List;
import java.util.Set;

/** Gemma 2 (Riviere et al. 2024): soft caps, four norms a block whose weights are stored less one, scaled embeddings. */
final class Gemma2 {
    static final ModelFamily FAMILY = new ModelFamily(
            "gemma2",
            "Gemma2ForCausalLM",
            new FamilyKeys("hidden_activation", Set.of(FamilyKeys.ATTENTION_BIAS), false, Set.of(), 0),
            new ConfigDefaults(4, 256, 8192, 1e-6, 4096, true, 2, List.of(1)),
            false,
            WindowRule.EVERY_SECOND_LAYER,
            new FamilyArithmetic(Activation.GELU_TANH, 1, true, 256, new SoftCaps(50, 30)),
            List.of(
                    new BlockTensor(BlockPart.INPUT_NORM, "input_layernorm", "attn_norm"),
                    new BlockTensor(BlockPart.QUERY, "self_attn.q_proj", "attn_q"),
                    new BlockTensor(BlockPart.KEY, "self_attn.k_proj", "attn_k"),
                    new BlockTensor(BlockPart.VALUE, "self_attn.v_proj", "attn_v"),
                    new BlockTensor(BlockPart.OUTPUT, "self_attn.o_proj", "attn_output"),
                    new BlockTensor(BlockPart.ATTENTION_OUT_NORM, "post_attention_layernorm", "post_attention_norm"),
                    new BlockTensor(BlockPart.FEED_FORWARD_NORM, "pre_feedforward_layernorm", "ffn_norm"),
                    new BlockTensor(BlockPart.GATE, "mlp.gate_proj", "ffn_gate"),
                    new BlockTensor(BlockPart.UP, "mlp.up_proj", "ffn_up"),
                    new BlockTensor(BlockPart.DOWN, "mlp.down_proj", "ffn_down"),
                    new BlockTensor(BlockPart.FEED_FORWARD_OUT_NORM, "post_feedforward_layernorm", "post_ffw_norm")),
            new GgufForm("gemma2", false, true, false));

    private Gemma2() {}
}
