package dev.errata.model.config;

import dev.errata.tensor.BadInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Reads {@code config.json}, in the layout of transformers 5 ({@code rope_parameters}) and in that of 4 and older
 * ({@code rope_theta}, {@code rope_scaling}); {@code generation_config.json} beside it overrides the eos ids.
 */
public final class HuggingFaceConfig {
    /**
     * What a family's config says without a key, and what no key tells: the defaults of transformers' configuration classes.
     *
     * @param keyValueHeads 0 for as many as heads
     * @param headDim 0 for hidden size / heads
     * @param biasKeys whether attention_bias and mlp_bias are read at all
     */
    private record Family(
            int keyValueHeads,
            int headDim,
            int maxPositionEmbeddings,
            int bosTokenId,
            List<Integer> eosTokenIds,
            Set<String> biasKeys,
            boolean queryKeyValueBias,
            boolean queryKeyNorm,
            Window window) {}

    /** Which layers see a window of keys only. */
    private enum Window {
        NONE,
        ALL_LAYERS,
        /** Those that {@code layer_types} says, or from {@code max_window_layers} on, if {@code use_sliding_window}. */
        SOME_LAYERS
    }

    private static final Map<String, Family> FAMILIES = Map.of(
            "llama",
            new Family(0, 0, 2048, 1, List.of(2), Set.of("attention_bias", "mlp_bias"), false, false, Window.NONE),
            "mistral",
            new Family(8, 0, 131072, 1, List.of(2), Set.of(), false, false, Window.ALL_LAYERS),
            "qwen2",
            new Family(32, 0, 32768, -1, List.of(), Set.of(), true, false, Window.SOME_LAYERS),
            "qwen3",
            new Family(32, 128, 32768, -1, List.of(), Set.of("attention_bias"), false, true, Window.SOME_LAYERS));

    private static final Set<String> LAYER_TYPES = Set.of("full_attention", "sliding_attention");

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
                    modelType == null ? "key model_type is missing" : "architecture " + modelType + " isn't supported",
                    json.where(),
                    "use a model of one of the types llama, mistral, qwen2, qwen3");
        }
        BitsAndBytesConfig.of(json); // refuses what is stored in a form that is not read
        String activation = json.text("hidden_act", "silu");
        if (!activation.equals("silu") && !activation.equals("swish")) {
            throw new BadInputException("hidden_act " + activation + " is not known", json.where(), "only silu is");
        }
        Family family = FAMILIES.get(modelType);
        int hidden = json.size("hidden_size");
        int heads = json.size("num_attention_heads");
        int layers = json.size("num_hidden_layers");
        if (layers > ModelConfig.MOST_LAYERS) {
            throw new BadInputException(
                    "key num_hidden_layers is " + layers, json.where(), "give at most " + ModelConfig.MOST_LAYERS);
        }
        int keyValueHeads = sizeOr(json, "num_key_value_heads", family.keyValueHeads(), heads);
        int headDim = sizeOr(json, "head_dim", family.headDim(), hidden / heads);
        if (heads % keyValueHeads != 0 || headDim % 2 != 0 || headDim == 0) {
            throw new BadInputException(
                    heads + " heads of " + headDim + " with " + keyValueHeads + " key/value heads do not fit together",
                    json.where(),
                    "mend the config");
        }
        int positions = json.size("max_position_embeddings", family.maxPositionEmbeddings());
        boolean attentionBias = bias(json, family, "attention_bias");
        int window = window(json, family);
        return new ModelConfig(
                        modelType,
                        json.size("vocab_size"),
                        hidden,
                        json.size("intermediate_size"),
                        layers,
                        heads,
                        keyValueHeads,
                        headDim,
                        (float) json.number("rms_norm_eps", 1e-6),
                        positions,
                        json.flag("tie_word_embeddings", false),
                        attentionBias || family.queryKeyValueBias(),
                        attentionBias,
                        bias(json, family, "mlp_bias"),
                        family.queryKeyNorm(),
                        window,
                        window == 0 || family.window() != Window.SOME_LAYERS ? Set.of() : fullLayers(json, layers),
                        HuggingFaceRope.of(json, headDim, positions),
                        (float) json.number("initializer_range", 0.02),
                        bos(json, family),
                        eos(json, family, folder))
                .possible(json.where());
    }

    /** A size that is the family's own where its key is absent, and follows from others where it is null. */
    private static int sizeOr(JsonFields json, String key, int absent, int derived) {
        return json.size(key, json.isNull(key) || absent == 0 ? derived : absent);
    }

    private static boolean bias(JsonFields json, Family family, String key) {
        return family.biasKeys().contains(key) && json.flag(key, false);
    }

    private static int window(JsonFields json, Family family) {
        boolean used = switch (family.window()) {
            case NONE -> false;
            case ALL_LAYERS -> true;
            case SOME_LAYERS -> json.flag("use_sliding_window", false);
        };
        return !used || json.isNull("sliding_window") ? 0 : json.size("sliding_window", 4096);
    }

    private static Set<Integer> fullLayers(JsonFields json, int layers) {
        List<String> types = json.texts("layer_types");
        if (types.isEmpty()) {
            int first = Math.min(layers, (int) json.number("max_window_layers", 28));
            return IntStream.range(0, first).boxed().collect(Collectors.toUnmodifiableSet());
        }
        if (types.size() != layers || !LAYER_TYPES.containsAll(types)) {
            throw new BadInputException(
                    "key layer_types is " + types,
                    json.where(),
                    "give full_attention or sliding_attention for each of the " + layers + " layers");
        }
        return IntStream.range(0, layers)
                .filter(layer -> types.get(layer).equals("full_attention"))
                .boxed()
                .collect(Collectors.toUnmodifiableSet());
    }

    private static int bos(JsonFields json, Family family) {
        List<Integer> ids = json.ids("bos_token_id");
        return !ids.isEmpty() ? ids.getFirst() : json.isNull("bos_token_id") ? -1 : family.bosTokenId();
    }

    private static List<Integer> eos(JsonFields json, Family family, Path folder) {
        Path generation = folder.resolve("generation_config.json");
        if (Files.exists(generation)) {
            List<Integer> ids = JsonFields.read(generation).ids("eos_token_id");
            if (!ids.isEmpty()) {
                return List.copyOf(ids);
            }
        }
        List<Integer> ids = json.ids("eos_token_id");
        return ids.isEmpty() && !json.isNull("eos_token_id") ? family.eosTokenIds() : List.copyOf(ids);
    }
}
