package dev.errata.model.weights;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Names of tensors in GGUF files and in Hugging Face's checkpoints. */
public final class GgufNames {
    private static final Map<String, String> WHOLE = Map.of(
            "token_embd.weight", DecoderLayout.EMBEDDING,
            "output_norm.weight", DecoderLayout.FINAL_NORM,
            "output.weight", DecoderLayout.LM_HEAD);

    private static final Pattern LAYER = Pattern.compile("model\\.layers\\.(\\d+)\\.(.+)\\.(weight|bias)");

    private static final Map<String, String> IN_BLOCK = Map.ofEntries(
            Map.entry("attn_norm", "input_layernorm"),
            Map.entry("ffn_norm", "post_attention_layernorm"),
            Map.entry("attn_q", "self_attn.q_proj"),
            Map.entry("attn_k", "self_attn.k_proj"),
            Map.entry("attn_v", "self_attn.v_proj"),
            Map.entry("attn_output", "self_attn.o_proj"),
            Map.entry("attn_q_norm", "self_attn.q_norm"),
            Map.entry("attn_k_norm", "self_attn.k_norm"),
            Map.entry("ffn_gate", "mlp.gate_proj"),
            Map.entry("ffn_up", "mlp.up_proj"),
            Map.entry("ffn_down", "mlp.down_proj"));

    private GgufNames() {}

    /**
     * The name in a GGUF file.
     *
     * @throws IllegalArgumentException if it is no name of a decoder's tensor
     */
    public static String toGguf(String name) {
        for (Map.Entry<String, String> entry : WHOLE.entrySet()) {
            if (entry.getValue().equals(name)) {
                return entry.getKey();
            }
        }
        Matcher inBlock = LAYER.matcher(name);
        if (inBlock.matches()) {
            for (Map.Entry<String, String> entry : IN_BLOCK.entrySet()) {
                if (entry.getValue().equals(inBlock.group(2))) {
                    return "blk." + inBlock.group(1) + "." + entry.getKey() + "." + inBlock.group(3);
                }
            }
        }
        throw new IllegalArgumentException("tensor " + name + " has no name in GGUF");
    }

    /** The name in Hugging Face's checkpoints; a name that has none there stays as it is. */
    public static String toHuggingFace(String name) {
        String whole = WHOLE.get(name);
        if (whole != null) {
            return whole;
        }
        String[] parts = name.split("\\.");
        if (parts.length == 4 && parts[0].equals("blk") && IN_BLOCK.containsKey(parts[2])) {
            return "model.layers." + parts[1] + "." + IN_BLOCK.get(parts[2]) + "." + parts[3];
        }
        return name;
    }
}
