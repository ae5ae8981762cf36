package dev.errata.model.config;

import dev.errata.tensor.BadInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Reads {@code config.json}, in the layout of transformers 5 ({@code rope_parameters}) and in that of 4 and older
 * ({@code rope_theta}, {@code rope_scaling}); {@code generation_config.json} beside it overrides the eos ids.
 */
public final class HuggingFaceConfig {
    /** How a family's config differs from LLaMA's: biases and norms that no key tells. */
    private record Family(boolean biasUnlessTold, boolean queryKeyNorm, boolean windowOnlyIfUsed) {}

    private static final Map<String, Family> FAMILIES = Map.of(
            "llama", new Family(false, false, true),
            "mistral", new Family(false, false, false),
            "qwen2", new Family(true, false, true),
            "qwen3", new Family(false, true, true));

    private HuggingFaceConfig() {}

    /**
     * @param folder holds config.json
     * @throws BadInputException if it is missing, isn't JSON, or describes a model that isn't supported
     */
    public static ModelConfig read(Path folder) {
        return readFile(folder.resolve("config.json"));
    }

    /**
     * @param file in config.json's format, whatever its name
     * @throws BadInputException as {@link #read}
     */
    public static ModelConfig readFile(Path file) {
        return of(JsonFields.read(file), file.toAbsolutePath().getParent());
    }

    private static ModelConfig of(JsonFields json, Path folder) {
        String modelType = json.text("model_type", null);
        if (modelType == null || !FAMILIES.containsKey(modelType)) {
            throw new BadInputException(
                    modelType == null ? "key model_type is missing" : "architecture " + modelType + " is not known",
                    json.where(),
                    "use a model of one of the types llama, mistral, qwen2, qwen3");
        }
        BitsAndBytesConfig.of(json); // refuses what is stored in a form that is not read
        String activation = json.text("hidden_act", "silu");
        if (!activation.equals("silu")) {
            throw new BadInputException("hidden_act " + activation + " is not known", json.where(), "only silu is");
        }
        Family family = FAMILIES.get(modelType);
        int hidden = json.size("hidden_size");
        int heads = json.size("num_attention_heads");
        int keyValueHeads = json.size("num_key_value_heads", heads);
        int headDim = json.size("head_dim", hidden / heads);
        if (heads % keyValueHeads != 0 || headDim % 2 != 0 || headDim == 0) {
            throw new BadInputException(
                    heads + " heads of " + headDim + " with " + keyValueHeads + " key/value heads do not fit together",
                    json.where(),
                    "mend the config");
        }
        boolean attentionBias = json.flag("attention_bias", family.biasUnlessTold());
        boolean windowUsed = json.flag("use_sliding_window", !family.windowOnlyIfUsed());
        return new ModelConfig(
                modelType,
                json.size("vocab_size"),
                hidden,
                json.size("intermediate_size"),
                json.size("num_hidden_layers"),
                heads,
                keyValueHeads,
                headDim,
                (float) json.number("rms_norm_eps", 1e-6),
                json.size("max_position_embeddings", 2048),
                json.flag("tie_word_embeddings", false),
                attentionBias,
                attentionBias && !modelType.equals("qwen2"),
                json.flag("mlp_bias", false),
                family.queryKeyNorm(),
                windowUsed ? json.size("sliding_window", 0) : 0,
                rope(json),
                (float) json.number("initializer_range", 0.02),
                json.ids("bos_token_id").stream().findFirst().orElse(-1),
                eos(json, folder));
    }

    private static List<Integer> eos(JsonFields json, Path folder) {
        Path generation = folder.resolve("generation_config.json");
        if (Files.exists(generation)) {
            List<Integer> ids = JsonFields.read(generation).ids("eos_token_id");
            if (!ids.isEmpty()) {
                return List.copyOf(ids);
            }
        }
        return List.copyOf(json.ids("eos_token_id"));
    }

    private static RopeConfig rope(JsonFields json) {
        JsonFields parameters = json.object("rope_parameters");
        JsonFields scaling = parameters != null ? parameters : json.object("rope_scaling");
        double theta = json.number("rope_theta", 10000);
        if (parameters != null) {
            theta = parameters.number("rope_theta", theta);
        }
        if (scaling == null) {
            return new RopeConfig(theta, new RopeConfig.Scaling.Default());
        }
        String type = scaling.text("rope_type", scaling.text("type", "default"));
        double factor = scaling.number("factor", 1);
        return new RopeConfig(
                theta,
                switch (type) {
                    case "default" -> new RopeConfig.Scaling.Default();
                    case "linear" -> new RopeConfig.Scaling.Linear(factor);
                    case "llama3" ->
                        new RopeConfig.Scaling.Llama3(
                                factor,
                                scaling.number("low_freq_factor", 1),
                                scaling.number("high_freq_factor", 4),
                                scaling.size("original_max_position_embeddings", 8192));
                    default ->
                        throw new BadInputException(
                                "rope scaling " + type + " is not known to this version",
                                json.where(),
                                "only default, linear and llama3 are");
                });
    }
}
