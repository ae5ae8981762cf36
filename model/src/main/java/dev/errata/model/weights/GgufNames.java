package dev.errata.model.weights;

import dev.errata.model.family.BlockTensor;
import dev.errata.model.family.ModelFamily;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Names of a family's tensors in GGUF files and in Hugging Face's checkpoints. */
public final class GgufNames {
    private static final Map<String, String> WHOLE = Map.of(
            "token_embd.weight", DecoderLayout.EMBEDDING,
            "output_norm.weight", DecoderLayout.FINAL_NORM,
            "output.weight", DecoderLayout.LM_HEAD);

    private static final Pattern LAYER = Pattern.compile("model\\.layers\\.(\\d+)\\.(.+)\\.(weight|bias)");

    private GgufNames() {}

    /**
     * The name in a GGUF file.
     *
     * @throws IllegalArgumentException if it is no name of a tensor of the family
     */
    public static String toGguf(ModelFamily family, String name) {
        for (Map.Entry<String, String> entry : WHOLE.entrySet()) {
            if (entry.getValue().equals(name)) {
                return entry.getKey();
            }
        }
        Matcher inBlock = LAYER.matcher(name);
        if (inBlock.matches()) {
            for (BlockTensor tensor : family.block()) {
                if (tensor.name().equals(inBlock.group(2))) {
                    return "blk." + inBlock.group(1) + "." + tensor.ggufName() + "." + inBlock.group(3);
                }
            }
        }
        throw new IllegalArgumentException("tensor " + name + " has no name in GGUF");
    }

    /** The name in Hugging Face's checkpoints; a name that has none there stays as it is. */
    public static String toHuggingFace(ModelFamily family, String name) {
        String whole = WHOLE.get(name);
        if (whole != null) {
            return whole;
        }
        String[] parts = name.split("\\.");
        if (parts.length == 4 && parts[0].equals("blk")) {
            for (BlockTensor tensor : family.block()) {
                if (tensor.ggufName().equals(parts[2])) {
                    return "model.layers." + parts[1] + "." + tensor.name() + "." + parts[3];
                }
            }
        }
        return name;
    }
}
