package dev.errata.model.weights;

import dev.errata.model.config.ModelConfig;
import dev.errata.model.family.BlockPart;
import dev.errata.model.family.BlockTensor;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.Map;

/** The tensors that a config asks for, in Hugging Face's names, and which of them are linear layers. */
public final class DecoderLayout {
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

    /** Full names of all linear layers, without {@code .weight}, with what each does. */
    public static Map<String, BlockPart> linears(ModelConfig config) {
        Map<String, BlockPart> names = new LinkedHashMap<>();
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            for (BlockTensor tensor : config.family().block()) {
                if (tensor.part().isLinear()) {
                    names.put(layer(layer) + tensor.name(), tensor.part());
                }
            }
        }
        return names;
    }

    /** Every tensor with its shape, in the order of a checkpoint. */
    public static Map<String, long[]> tensors(ModelConfig config) {
        Map<String, long[]> tensors = new LinkedHashMap<>();
        tensors.put(EMBEDDING, new long[] {config.vocabSize(), config.hiddenSize()});
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            for (BlockTensor tensor : config.family().block()) {
                String name = layer(layer) + tensor.name();
                tensors.put(name + ".weight", shape(config, tensor.part()));
                if (hasBias(config, tensor.part())) {
                    tensors.put(name + ".bias", new long[] {out(config, tensor.part())});
                }
            }
        }
        tensors.put(FINAL_NORM, new long[] {config.hiddenSize()});
        if (!config.tieWordEmbeddings()) {
            tensors.put(LM_HEAD, new long[] {config.vocabSize(), config.hiddenSize()});
        }
        return tensors;
    }

    /** Whether a tensor is the weight of a norm. */
    public static boolean isNorm(String name) {
        return name.endsWith("norm.weight");
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

    private static long[] shape(ModelConfig config, BlockPart part) {
        return switch (part) {
            case QUERY_NORM, KEY_NORM -> new long[] {config.headDim()};
            case INPUT_NORM, ATTENTION_OUT_NORM, FEED_FORWARD_NORM, FEED_FORWARD_OUT_NORM ->
                new long[] {config.hiddenSize()};
            default -> new long[] {out(config, part), in(config, part)};
        };
    }

    /** Rows of a linear layer. */
    public static int out(ModelConfig config, BlockPart part) {
        return switch (part) {
            case QUERY -> config.queryWidth();
            case KEY, VALUE -> config.keyValueWidth();
            case QUERY_KEY_VALUE -> config.queryWidth() + 2 * config.keyValueWidth();
            case GATE, UP -> config.intermediateSize();
            case GATE_UP -> 2 * config.intermediateSize();
            case OUTPUT, DOWN -> config.hiddenSize();
            default -> throw new IllegalArgumentException(part + " is no linear layer");
        };
    }

    /** Columns of a linear layer. */
    public static int in(ModelConfig config, BlockPart part) {
        return switch (part) {
            case OUTPUT -> config.queryWidth();
            case DOWN -> config.intermediateSize();
            default -> config.hiddenSize();
        };
    }

    private static boolean hasBias(ModelConfig config, BlockPart part) {
        return switch (part) {
            case QUERY, KEY, VALUE, QUERY_KEY_VALUE -> config.queryKeyValueBias();
            case OUTPUT -> config.outputBias();
            case GATE, UP, GATE_UP, DOWN -> config.mlpBias();
            default -> false;
        };
    }
}
