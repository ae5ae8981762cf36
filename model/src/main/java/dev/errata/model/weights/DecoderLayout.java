package dev.errata.model.weights;

import dev.errata.model.config.ModelConfig;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The tensors that a config asks for, in Hugging Face's names, and which of them are linear layers. */
public final class DecoderLayout {
    /** The linear layers of one block, in the order of their names in a checkpoint. */
    public static final List<String> LINEARS = List.of(
            "self_attn.q_proj",
            "self_attn.k_proj",
            "self_attn.v_proj",
            "self_attn.o_proj",
            "mlp.gate_proj",
            "mlp.up_proj",
            "mlp.down_proj");

    public static final String EMBEDDING = "model.embed_tokens.weight";
    public static final String FINAL_NORM = "model.norm.weight";
    public static final String LM_HEAD = "lm_head.weight";
    /** The modules of the embedding and of the output layer. */
    public static final String EMBEDDING_MODULE = "model.embed_tokens";

    public static final String OUTPUT = "lm_head";

    private DecoderLayout() {}

    public static String layer(int layer) {
        return "model.layers." + layer + ".";
    }

    /** Full names of all linear layers, without {@code .weight}. */
    public static List<String> linears(ModelConfig config) {
        List<String> names = new ArrayList<>();
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            for (String linear : LINEARS) {
                names.add(layer(layer) + linear);
            }
        }
        return names;
    }

    /** Every tensor with its shape, in the order of the forward pass. */
    public static Map<String, long[]> tensors(ModelConfig config) {
        Map<String, long[]> tensors = new LinkedHashMap<>();
        tensors.put(EMBEDDING, new long[] {config.vocabSize(), config.hiddenSize()});
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            String at = layer(layer);
            tensors.put(at + "input_layernorm.weight", new long[] {config.hiddenSize()});
            for (String linear : LINEARS) {
                if (linear.equals("mlp.gate_proj")) {
                    tensors.put(at + "post_attention_layernorm.weight", new long[] {config.hiddenSize()});
                }
                tensors.put(at + linear + ".weight", new long[] {out(config, linear), in(config, linear)});
                if (hasBias(config, linear)) {
                    tensors.put(at + linear + ".bias", new long[] {out(config, linear)});
                }
            }
            if (config.queryKeyNorm()) {
                tensors.put(at + "self_attn.q_norm.weight", new long[] {config.headDim()});
                tensors.put(at + "self_attn.k_norm.weight", new long[] {config.headDim()});
            }
        }
        tensors.put(FINAL_NORM, new long[] {config.hiddenSize()});
        if (!config.tieWordEmbeddings()) {
            tensors.put(LM_HEAD, new long[] {config.vocabSize(), config.hiddenSize()});
        }
        return tensors;
    }

    /** Whether a tensor is the matrix of one of the blocks' linear layers. */
    public static boolean isLinearWeight(String name) {
        return name.endsWith("_proj.weight");
    }

    /**
     * Checks what a checkpoint holds against its config. The output layer of a model with tied embeddings may be there.
     *
     * @param shapes of all its tensors by name
     * @param where the file or folder, for errors
     * @throws BadInputException if a tensor is missing, misshapen or unknown; it names the first
     */
    public static void require(ModelConfig config, Map<String, Shape> shapes, String where) {
        Map<String, long[]> wanted = tensors(config);
        wanted.forEach((name, dims) -> {
            Shape shape = shapes.get(name);
            if (shape == null) {
                throw CheckpointFault.missing(name, where);
            }
            if (!shape.equals(Shape.of(dims))) {
                throw CheckpointFault.misshapen(name, shape, dims, where);
            }
        });
        for (String name : shapes.keySet()) {
            if (!wanted.containsKey(name) && !name.equals(LM_HEAD) && !CheckpointFault.isHarmless(name)) {
                throw CheckpointFault.unknown(name, where);
            }
        }
    }

    /** Rows of a linear layer, named as in {@link #LINEARS}. */
    public static int out(ModelConfig config, String linear) {
        return switch (linear) {
            case "self_attn.q_proj" -> config.queryWidth();
            case "self_attn.k_proj", "self_attn.v_proj" -> config.keyValueWidth();
            case "mlp.gate_proj", "mlp.up_proj" -> config.intermediateSize();
            default -> config.hiddenSize();
        };
    }

    /** Columns of a linear layer. */
    public static int in(ModelConfig config, String linear) {
        return switch (linear) {
            case "self_attn.o_proj" -> config.queryWidth();
            case "mlp.down_proj" -> config.intermediateSize();
            default -> config.hiddenSize();
        };
    }

    public static boolean hasBias(ModelConfig config, String linear) {
        return switch (linear) {
            case "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj" -> config.queryKeyValueBias();
            case "self_attn.o_proj" -> config.outputBias();
            default -> config.mlpBias();
        };
    }
}
