package dev.errata.model.config;

import dev.errata.model.family.Families;
import dev.errata.model.family.FamilyKeys;
import dev.errata.model.family.ModelFamily;
import dev.errata.model.family.SoftCaps;
import dev.errata.model.family.WindowRule;
import dev.errata.tensor.Activation;
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
    private static final Set<String> LAYER_TYPES = Set.of("full_attention", "sliding_attention");
    private static final Map<Activation, List<String>> ACTIVATIONS =
            Map.of(Activation.SILU, List.of("silu", "swish"), Activation.GELU_TANH, List.of("gelu_pytorch_tanh"));

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

    /** An activation as transformers names it. */
    public static String name(Activation activation) {
        return ACTIVATIONS.get(activation).getFirst();
    }

    private static ModelConfig of(JsonFields json, Path folder) {
        String modelType = json.text("model_type", null);
        ModelFamily family =
                modelType == null ? null : Families.ofType(modelType).orElse(null);
        if (family == null) {
            throw new BadInputException(
                    modelType == null ? "key model_type is missing" : "architecture " + modelType + " isn't supported",
                    json.where(),
                    "use a model of one of the types " + Families.types());
        }
        BitsAndBytesConfig.of(json); // refuses what is stored in a form that is not read
        requireKnown(json, family);
        int hidden = json.size("hidden_size");
        int heads = json.size("num_attention_heads");
        int layers = json.size("num_hidden_layers");
        if (layers > ModelConfig.MOST_LAYERS) {
            throw new BadInputException(
                    "key num_hidden_layers is " + layers, json.where(), "give at most " + ModelConfig.MOST_LAYERS);
        }
        int keyValueHeads =
                sizeOr(json, "num_key_value_heads", family.defaults().keyValueHeads(), heads);
        int headDim = sizeOr(json, "head_dim", family.defaults().headDim(), hidden / heads);
        if (heads % keyValueHeads != 0 || headDim % 2 != 0 || headDim == 0) {
            throw new BadInputException(
                    heads + " heads of " + headDim + " with " + keyValueHeads + " key/value heads do not fit together",
                    json.where(),
                    "mend the config");
        }
        int positions = json.size("max_position_embeddings", family.defaults().maxPositionEmbeddings());
        boolean attentionBias = bias(json, family, FamilyKeys.ATTENTION_BIAS);
        int window = window(json, family);
        return new ModelConfig(
                        family,
                        json.size("vocab_size"),
                        hidden,
                        json.size("intermediate_size"),
                        layers,
                        heads,
                        keyValueHeads,
                        headDim,
                        (float) json.number("rms_norm_eps", family.defaults().rmsNormEps()),
                        positions,
                        json.flag("tie_word_embeddings", family.defaults().tieWordEmbeddings()),
                        attentionBias || family.queryKeyValueBias(),
                        attentionBias,
                        bias(json, family, FamilyKeys.MLP_BIAS),
                        attentionScale(json, family, headDim),
                        softCaps(json, family),
                        window,
                        window == 0 ? Set.of() : fullLayers(json, family, layers),
                        HuggingFaceRope.of(json, family, headDim, positions),
                        (float) json.number("initializer_range", 0.02),
                        bos(json, family),
                        eos(json, family, folder))
                .possible(json.where());
    }

    /** A size that is the family's own where its key is absent, and follows from others where it is null. */
    private static int sizeOr(JsonFields json, String key, int absent, int derived) {
        return json.size(key, json.isNull(key) || absent == 0 ? derived : absent);
    }

    private static boolean bias(JsonFields json, ModelFamily family, String key) {
        return family.keys().biases().contains(key) && json.flag(key, false);
    }

    private static void requireKnown(JsonFields json, ModelFamily family) {
        Activation wanted = family.arithmetic().activation();
        String key = family.keys().activation();
        List<String> known = ACTIVATIONS.get(wanted);
        String activation = json.text(key, known.getFirst());
        if (!known.contains(activation)) {
            throw new BadInputException(
                    key + " " + activation + " is not known",
                    json.where(),
                    "only " + String.join(" and ", known) + " of this family is");
        }
        if (json.flag("use_bidirectional_attention", false)) {
            throw new BadInputException(
                    "use_bidirectional_attention is set", json.where(), "use a model that predicts the next token");
        }
    }

    private static float attentionScale(JsonFields json, ModelFamily family, int headDim) {
        int absent = family.arithmetic().queryPreAttnScalar();
        double scalar = absent == 0 ? headDim : json.positive("query_pre_attn_scalar", absent);
        return (float) (1 / Math.sqrt(scalar));
    }

    private static SoftCaps softCaps(JsonFields json, ModelFamily family) {
        SoftCaps absent = family.arithmetic().softCaps();
        return absent.equals(SoftCaps.NONE)
                ? absent
                : new SoftCaps(
                        softCap(json, "attn_logit_softcapping", absent.attention()),
                        softCap(json, "final_logit_softcapping", absent.logits()));
    }

    private static float softCap(JsonFields json, String key, float absent) {
        return json.isNull(key) ? 0 : (float) json.positive(key, absent);
    }

    private static int window(JsonFields json, ModelFamily family) {
        boolean used = switch (family.window()) {
            case NONE -> false;
            case ALL_LAYERS, EVERY_SECOND_LAYER -> true;
            case SOME_LAYERS -> json.flag("use_sliding_window", false);
        };
        return !used || json.isNull("sliding_window")
                ? 0
                : json.size("sliding_window", family.defaults().slidingWindow());
    }

    private static Set<Integer> fullLayers(JsonFields json, ModelFamily family, int layers) {
        if (family.window() == WindowRule.ALL_LAYERS) {
            return Set.of();
        }
        List<String> types = json.texts("layer_types");
        if (types.isEmpty() && family.window() == WindowRule.EVERY_SECOND_LAYER) {
            return family.window().fullLayers(layers);
        }
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

    private static int bos(JsonFields json, ModelFamily family) {
        List<Integer> ids = json.ids("bos_token_id");
        return !ids.isEmpty()
                ? ids.getFirst()
                : json.isNull("bos_token_id") ? -1 : family.defaults().bosTokenId();
    }

    private static List<Integer> eos(JsonFields json, ModelFamily family, Path folder) {
        Path generation = folder.resolve("generation_config.json");
        if (Files.exists(generation)) {
            List<Integer> ids = JsonFields.read(generation).ids("eos_token_id");
            if (!ids.isEmpty()) {
                return List.copyOf(ids);
            }
        }
        List<Integer> ids = json.ids("eos_token_id");
        return ids.isEmpty() && !json.isNull("eos_token_id") ? family.defaults().eosTokenIds() : List.copyOf(ids);
    }
}
