package dev.errata.model.convert;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.errata.model.config.HuggingFaceConfig;
import dev.errata.model.config.ModelConfig;
import dev.errata.model.config.RopeConfig;
import dev.errata.model.family.Families;
import dev.errata.model.family.FamilyKeys;
import dev.errata.model.family.ModelFamily;
import dev.errata.model.family.SoftCaps;
import dev.errata.tensor.BadInputException;
import java.util.List;
import java.util.Map;

/**
 * A model's config.json and generation_config.json. The layout is that of transformers 4 ({@code rope_theta},
 * {@code rope_scaling}, {@code torch_dtype}), which version 5 reads too.
 */
public final class ConfigJson {
    private static final String ORIGINAL_LENGTH = "original_max_position_embeddings";

    private final ModelConfig config;
    /** The model's own, or where it has a window and those of its family have none, one that does. */
    private final ModelFamily family;

    private final Map<String, Object> keys;
    private final String where;
    private final ObjectNode json = JsonNodeFactory.instance.objectNode();

    private ConfigJson(ModelConfig config, Map<String, Object> keys, String where) {
        this.config = config;
        this.family = config.slidingWindow() == 0
                ? config.family()
                : Families.withWindow(config.family()).orElse(config.family());
        this.keys = keys;
        this.where = where;
    }

    /**
     * The config of a GGUF file's model.
     *
     * @param keys the file's
     * @param dtype as torch names it
     * @param where the file, for errors
     * @throws BadInputException if config.json can't say what the file does
     */
    public static ObjectNode of(ModelConfig config, Map<String, Object> keys, String dtype, String where) {
        ConfigJson made = new ConfigJson(config, keys, where);
        made.add(dtype);
        return made.json;
    }

    /** What generation_config.json says: start, end and padding. */
    public static ObjectNode generation(ModelConfig config, Map<String, Object> keys) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        addIds(json, config);
        if (keys.get("tokenizer.ggml.padding_token_id") instanceof Number padding) {
            json.put("pad_token_id", padding.intValue());
        }
        return json;
    }

    private void add(String dtype) {
        requireBiases();
        json.putArray("architectures").add(family.modelClass());
        if (family.keys().biases().contains(FamilyKeys.ATTENTION_BIAS)) {
            json.put(FamilyKeys.ATTENTION_BIAS, config.queryKeyValueBias());
        }
        json.put("attention_dropout", 0.0);
        addIds(json, config);
        json.put("head_dim", config.headDim());
        json.put(
                family.keys().activation(),
                HuggingFaceConfig.name(family.arithmetic().activation()));
        json.put("hidden_size", config.hiddenSize());
        json.put("initializer_range", decimal(config.initializerRange()));
        json.put("intermediate_size", config.intermediateSize());
        json.put("max_position_embeddings", config.maxPositionEmbeddings());
        if (family.keys().biases().contains(FamilyKeys.MLP_BIAS)) {
            json.put(FamilyKeys.MLP_BIAS, config.mlpBias());
        }
        json.put("model_type", family.modelType());
        json.put("num_attention_heads", config.numAttentionHeads());
        json.put("num_hidden_layers", config.numHiddenLayers());
        json.put("num_key_value_heads", config.numKeyValueHeads());
        json.put("rms_norm_eps", decimal(config.rmsNormEps()));
        addRope();
        addWindow();
        addAttention();
        json.put("tie_word_embeddings", config.tieWordEmbeddings());
        json.put("torch_dtype", dtype);
        json.put("use_cache", true);
        json.put("vocab_size", config.vocabSize());
    }

    private void addRope() {
        json.set("rope_scaling", scaling());
        json.put("rope_theta", decimal((float) config.rope().theta()));
        if (family.keys().partialRotary()) {
            json.put("partial_rotary_factor", config.rope().part());
        }
        if (family.keys().originalMaxPositionEmbeddings() > 0) {
            boolean stretched = config.rope().scaling() instanceof RopeConfig.Scaling.LongRope;
            json.put(ORIGINAL_LENGTH, stretched ? config.rope().commonLength() : config.maxPositionEmbeddings());
        }
    }

    private void addWindow() {
        int window = config.slidingWindow();
        switch (family.window()) {
            case NONE -> {}
            case ALL_LAYERS, EVERY_SECOND_LAYER -> json.put("sliding_window", window > 0 ? window : null);
            case SOME_LAYERS -> {
                json.put("sliding_window", window > 0 ? window : null);
                json.put("use_sliding_window", window > 0);
                json.put("max_window_layers", window > 0 ? 0 : config.numHiddenLayers());
            }
        }
    }

    private void addAttention() {
        if (family.arithmetic().queryPreAttnScalar() > 0) {
            double scalar = 1 / ((double) config.attentionScale() * config.attentionScale());
            long whole = Math.round(scalar);
            if (Math.abs(scalar - whole) < 1e-3) {
                json.put("query_pre_attn_scalar", whole);
            } else {
                json.put("query_pre_attn_scalar", scalar);
            }
        }
        if (!family.arithmetic().softCaps().equals(SoftCaps.NONE)) {
            json.put("attn_logit_softcapping", cap(config.softCaps().attention()));
            json.put("final_logit_softcapping", cap(config.softCaps().logits()));
        }
    }

    private static Double cap(float cap) {
        return cap > 0 ? (Double) decimal(cap) : null;
    }

    private static void addIds(ObjectNode json, ModelConfig config) {
        if (config.bosTokenId() >= 0) {
            json.put("bos_token_id", config.bosTokenId());
        }
        List<Integer> ends = config.eosTokenIds();
        if (ends.size() == 1) {
            json.put("eos_token_id", ends.getFirst());
        } else if (!ends.isEmpty()) {
            ends.forEach(json.putArray("eos_token_id")::add);
        }
    }

    private ObjectNode scaling() {
        ObjectNode scaling = JsonNodeFactory.instance.objectNode();
        switch (config.rope().scaling()) {
            case RopeConfig.Scaling.Default() -> {
                return null;
            }
            case RopeConfig.Scaling.Linear(double factor) -> {
                scaling.put("rope_type", "linear");
                scaling.put("factor", decimal((float) factor));
            }
            case RopeConfig.Scaling.Yarn yarn -> addYarn(scaling, yarn);
            case RopeConfig.Scaling.Dynamic _ -> throw new IllegalStateException("dynamic scaling in a GGUF file");
            case RopeConfig.Scaling.LongRope longRope -> addLongRope(scaling, longRope);
            case RopeConfig.Scaling.Llama3 llama3 -> addLlama3(scaling, llama3);
            case RopeConfig.Scaling.PerFrequency(float[] divisors) ->
                addLlama3(
                        scaling,
                        Llama3Frequencies.of(divisors, guess(), config.rope().theta())
                                .orElseThrow(() -> new BadInputException(
                                        "rope_freqs has divisors that are no llama3 scaling",
                                        where,
                                        "use the file as it is")));
        }
        return scaling;
    }

    private void addLongRope(ObjectNode scaling, RopeConfig.Scaling.LongRope longRope) {
        if (!family.gguf().hasLongRope()) {
            throw new BadInputException(
                    "rope factors of this architecture have no form in config.json", where, "use the file as it is");
        }
        scaling.put("rope_type", "longrope");
        scaling.put("attention_factor", longRope.attentionFactor());
        ArrayNode shortFactors = scaling.putArray("short_factor");
        ArrayNode longFactors = scaling.putArray("long_factor");
        for (int i = 0; i < longRope.shortFactors().length; i++) {
            shortFactors.add(decimal(longRope.shortFactors()[i]));
            longFactors.add(decimal(longRope.longFactors()[i]));
        }
    }

    private static void addYarn(ObjectNode scaling, RopeConfig.Scaling.Yarn yarn) {
        scaling.put("rope_type", "yarn");
        scaling.put("attention_factor", yarn.attentionFactor());
        scaling.put("beta_fast", yarn.betaFast());
        scaling.put("beta_slow", yarn.betaSlow());
        scaling.put("factor", yarn.factor());
        scaling.put(ORIGINAL_LENGTH, yarn.originalMaxPositionEmbeddings());
    }

    private static void addLlama3(ObjectNode scaling, RopeConfig.Scaling.Llama3 llama3) {
        scaling.put("rope_type", "llama3");
        scaling.put("factor", llama3.factor());
        scaling.put("high_freq_factor", llama3.highFreqFactor());
        scaling.put("low_freq_factor", llama3.lowFreqFactor());
        scaling.put(ORIGINAL_LENGTH, llama3.originalMaxPositionEmbeddings());
    }

    /** Where a file doesn't say, what Meta's models have. */
    private RopeConfig.Scaling.Llama3 guess() {
        return new RopeConfig.Scaling.Llama3(
                1, number(GgufModelKeys.LOW_FREQ_FACTOR, 1), number(GgufModelKeys.HIGH_FREQ_FACTOR, 4), (int)
                        number(GgufModelKeys.ORIGINAL_CONTEXT_LENGTH, 8192));
    }

    private double number(String key, double absent) {
        Object value = keys.get(config.family().gguf().architecture() + "." + key);
        return switch (value) {
            case Float number -> decimal(number);
            case Number number -> number.doubleValue();
            case null, default -> absent;
        };
    }

    /** Biases where a config of the family can't have them. */
    private void requireBiases() {
        boolean told = family.keys().biases().contains(FamilyKeys.ATTENTION_BIAS);
        boolean fits = told
                ? config.queryKeyValueBias() == config.outputBias()
                : config.queryKeyValueBias() == family.queryKeyValueBias() && !config.outputBias();
        if (!fits || (config.mlpBias() && !family.keys().biases().contains(FamilyKeys.MLP_BIAS))) {
            throw new BadInputException(
                    "biases of this model are none that a " + family.modelType() + " in config.json has",
                    where,
                    "use the file as it is");
        }
    }

    /** The shortest decimal that is this float: 1e-5 and not 9.99999974e-6. */
    private static double decimal(float value) {
        return Double.parseDouble(Float.toString(value));
    }
}
