package dev.errata.model.family;

import dev.errata.model.config.HuggingFaceConfig;
import dev.errata.model.config.ModelConfig;
import dev.errata.model.file.SafetensorsWriter;
import dev.errata.model.file.TensorEntry;
import dev.errata.model.weights.DecoderLayout;
import dev.errata.tensor.DType;
import dev.errata.tensor.Philox;
import dev.errata.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** A model of two or three blocks of each family, with random weights. */
public final class TinyModels {
    private static final String SIZES = """
            "vocab_size": 40, "hidden_size": 32, "intermediate_size": 48, "num_attention_heads": 4,
            "num_key_value_heads": 2, "max_position_embeddings": 64, "bos_token_id": 1, "eos_token_id": 2,
            "initializer_range": 0.02""";

    private static final Map<String, String> KEYS = Map.of(
            "llama",
            "\"num_hidden_layers\": 2, \"rms_norm_eps\": 1e-5, \"rope_theta\": 1000.0, \"attention_bias\": true",
            "mistral",
            "\"num_hidden_layers\": 2, \"sliding_window\": 5",
            "qwen2",
            "\"num_hidden_layers\": 2, \"tie_word_embeddings\": true",
            "qwen3",
            "\"num_hidden_layers\": 2, \"head_dim\": 12",
            "phi3",
            """
            "num_hidden_layers": 2, "head_dim": 8, "partial_rotary_factor": 0.75, "sliding_window": 7,
            "original_max_position_embeddings": 16,
            "rope_scaling": {"type": "longrope", "short_factor": [1.0, 1.25, 1.5], "long_factor": [2.0, 3.0, 5.0]}""",
            "gemma2",
            """
            "num_hidden_layers": 3, "head_dim": 12, "query_pre_attn_scalar": 12, "sliding_window": 5,
            "attn_logit_softcapping": 4.0, "final_logit_softcapping": 6.0""");

    private TinyModels() {}

    /** The config.json of a family's model. */
    public static String config(String modelType) {
        return config(modelType, KEYS.get(modelType));
    }

    /**
     * The same with other keys than the usual ones of its family.
     *
     * @param keys as {@code "num_hidden_layers": 2, …}
     */
    public static String config(String modelType, String keys) {
        return "{\"model_type\": \"" + modelType + "\", " + SIZES + ", " + keys + "}";
    }

    /** Random weights: matrices so large that scores and logits reach their caps, norms about 1. */
    public static Map<String, float[]> weights(ModelConfig config) {
        Map<String, float[]> weights = new LinkedHashMap<>();
        DecoderLayout.tensors(config).forEach((name, dims) -> {
            float[] values = new float[Math.toIntExact(Shape.of(dims).elements())];
            long stream = Philox.stream("tiny", name);
            boolean norm = DecoderLayout.isNorm(name);
            float middle = norm ? 1 - config.family().arithmetic().normOffset() : 0;
            for (int i = 0; i < values.length; i++) {
                values[i] = middle + (norm ? 0.125f : 0.25f) * (float) Philox.normal(5, stream, i);
            }
            weights.put(name, values);
        });
        return weights;
    }

    /** Writes a model. */
    public static Path write(Path folder, String config, Map<String, float[]> weights) throws IOException {
        Files.createDirectories(folder);
        Path file = Files.writeString(folder.resolve("config.json"), config);
        Map<String, TensorEntry> entries = new LinkedHashMap<>();
        DecoderLayout.tensors(HuggingFaceConfig.readFile(file))
                .forEach((name, dims) -> entries.put(
                        name,
                        new TensorEntry(name, DType.F32, Shape.of(dims), MemorySegment.ofArray(weights.get(name)))));
        SafetensorsWriter.write(folder.resolve("model.safetensors"), Map.of(), entries.values());
        return folder;
    }

    /** Writes a family's model. */
    public static Path write(Path folder, String modelType) throws IOException {
        String text = config(modelType);
        Path file = Files.writeString(Files.createDirectories(folder).resolve("config.json"), text);
        return write(folder, text, weights(HuggingFaceConfig.readFile(file)));
    }
}
