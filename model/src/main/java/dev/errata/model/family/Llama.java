package dev.errata.model.family;

import java.util.List;

/** LLaMA 1 to 3 (Touvron et al. 2023) and the many models of its shape. */
final class Llama {
    /** Norm, q, k, v, o; norm, gate, up, down. */
    static final List<BlockTensor> BLOCK = List.of(
            new BlockTensor(BlockPart.INPUT_NORM, "input_layernorm", "attn_norm"),
            new BlockTensor(BlockPart.QUERY, "self_attn.q_proj", "attn_q"),
            new BlockTensor(BlockPart.KEY, "self_attn.k_proj", "attn_k"),
            new BlockTensor(BlockPart.VALUE, "self_attn.v_proj", "attn_v"),
            new BlockTensor(BlockPart.OUTPUT, "self_attn.o_proj", "attn_output"),
            new BlockTensor(BlockPart.FEED_FORWARD_NORM, "post_attention_layernorm", "ffn_norm"),
            new BlockTensor(BlockPart.GATE, "mlp.gate_proj", "ffn_gate"),
            new BlockTensor(BlockPart.UP, "mlp.up_proj", "ffn_up"),
            new BlockTensor(BlockPart.DOWN, "mlp.down_proj", "ffn_down"));

    static final GgufForm GGUF = new GgufForm("llama", true, false, false);

    static final ModelFamily FAMILY = new ModelFamily(
            "llama",
            "LlamaForCausalLM",
            FamilyKeys.of(FamilyKeys.ATTENTION_BIAS, FamilyKeys.MLP_BIAS),
            new ConfigDefaults(0, 0, 2048, 1e-6, 0, false, 1, List.of(2)),
            false,
            WindowRule.NONE,
            FamilyArithmetic.LLAMA,
            BLOCK,
            GGUF);

    private Llama() {}
}
