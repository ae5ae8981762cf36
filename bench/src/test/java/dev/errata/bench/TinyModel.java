package dev.errata.bench;

import dev.errata.model.checkpoint.FloatType;
import dev.errata.model.checkpoint.FreshModel;
import dev.errata.model.checkpoint.WritingProgress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A model of two layers with random weights, made where a test wants it. */
public final class TinyModel {
    /** Ids that it knows. */
    public static final int VOCABULARY = 97;

    private static final String CONFIG = """
            {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "vocab_size": 97, "hidden_size": 64,
             "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
             "max_position_embeddings": 128, "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": true,
             "hidden_act": "silu", "initializer_range": 0.02, "bos_token_id": 1, "eos_token_id": 2}
            """;

    private TinyModel() {}

    /** Its folder, under this one. */
    public static Path in(Path folder) throws IOException {
        Path config = Files.writeString(
                Files.createDirectories(folder.resolve("shape")).resolve("config.json"), CONFIG);
        Path model = folder.resolve("tiny");
        FreshModel.of(config, FloatType.F32).write(model, 7, 1, WritingProgress.SILENT);
        return model;
    }
}
