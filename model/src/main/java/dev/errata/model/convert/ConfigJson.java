package dev.errata.model.convert;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.errata.model.config.ModelConfig;
import dev.errata.model.config.RopeConfig;
import dev.errata.tensor.BadInputException;
import java.util.List;
import java.util.Map;

/**
 * A model's config.json and generation_config.json. The layout is that of transformers 4 ({@code rope_theta},
 * {@code rope_scaling}, {@code torch_dtype}), which version 5 reads too.
 */
public final class ConfigJson {
    private static final Map<String, String> CLASSES = Map.of(
            "llama", "LlamaForCausalLM",
            "mistral", "MistralForCausalLM",
            "qwen2", "Qwen2ForCausalLM",
            "qwen3", "Qwen3ForCausalLM");

    private final ModelConfig config;
    private final Map<String, Object> keys;
    private final String where;
    private final ObjectNode json = JsonNodeFactory.instance.objectNode();

    private ConfigJson(ModelConfig config, Map<String, Object> keys, String where) {
        this.config = config;
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
        boolean windowed = config.slidingWindow() > 0;
        String type = windowed && config.modelType().equals("llama") ? "mistral" : config.modelType();
        json.putArray("architectures").add(CLASSES.get(type));
        if (!type.equals("mistral") && !type.equals("qwen2")) {
            json.put("attention_bias", config.queryKeyValueBias());
        }
        json.put("attention_dropout", 0.0);
        addIds(json, config);
        json.put("head_dim", config.headDim());
        json.put("hidden_act", "silu");
        json.put("hidden_size", config.hiddenSize());
        json.put("initializer_range", decimal(config.initializerRange()));
        json.put("intermediate_size", config.intermediateSize());
        json.put("max_position_embeddings", config.maxPositionEmbeddings());
        if (type.equals("llama")) {
            json.put("mlp_bias", config.mlpBias());
        }
        json.put("model_type", type);
        json.put("num_attention_heads", config.numAttentionHeads());
        json.put("num_hidden_layers", config.numHiddenLayers());
        json.put("num_key_value_heads", config.numKeyValueHeads());
        json.put("rms_norm_eps", decimal(config.rmsNormEps()));
        ObjectNode scaling = scaling();
        json.set("rope_scaling", scaling);
        json.put("rope_theta", decimal((float) config.rope().theta()));
        if (type.equals("mistral")) {
            json.put("sliding_window", config.slidingWindow());
        } else if (!type.equals("llama")) {
            json.put("sliding_window", windowed ? config.slidingWindow() : null);
            json.put("use_sliding_window", windowed);
            json.put("max_window_layers", windowed ? 0 : config.numHiddenLayers());
        }
        json.put("tie_word_embeddings", config.tieWordEmbeddings());
        json.put("torch_dtype", dtype);
        json.put("use_cache", true);
        json.put("vocab_size", config.vocabSize());
        requireBiasesOf(type);
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
            case RopeConfig.Scaling.LongRope _ -> throw new IllegalStateException("longrope scaling in a GGUF file");
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

    private static void addYarn(ObjectNode scaling, RopeConfig.Scaling.Yarn yarn) {
        scaling.put("rope_type", "yarn");
        scaling.put("attention_factor", yarn.attentionFactor());
        scaling.put("beta_fast", yarn.betaFast());
        scaling.put("beta_slow", yarn.betaSlow());
        scaling.put("factor", yarn.factor());
        scaling.put("original_max_position_embeddings", yarn.originalMaxPositionEmbeddings());
    }

    private static void addLlama3(ObjectNode scaling, RopeConfig.Scaling.Llama3 llama3) {
        scaling.put("rope_type", "llama3");
        scaling.put("factor", llama3.factor());
        scaling.put("high_freq_factor", llama3.highFreqFactor());
        scaling.put("low_freq_factor", llama3.lowFreqFactor());
        scaling.put("original_max_position_embeddings", llama3.originalMaxPositionEmbeddings());
    }

    /** Where a file doesn't say, what Meta's models have. */
    private RopeConfig.Scaling.Llama3 guess() {
        return new RopeConfig.Scaling.Llama3(
                1, number(GgufModelKeys.LOW_FREQ_FACTOR, 1), number(GgufModelKeys.HIGH_FREQ_FACTOR, 4), (int)
                        number(GgufModelKeys.ORIGINAL_CONTEXT_LENGTH, 8192));
    }

    private double number(String key, double absent) {
        Object value = keys.get(GgufModelKeys.architecture(config) + "." + key);
        return switch (value) {
            case Float number -> decimal(number);
            case Number number -> number.doubleValue();
            case null, default -> absent;
        };
    }

    /** Biases where a config of the type can't have them. */
    private void requireBiasesOf(String type) {
        boolean all = config.queryKeyValueBias();
        boolean fits = switch (type) {
            case "mistral" -> !all && !config.outputBias() && !config.mlpBias();
            case "qwen2" -> all && !config.outputBias() && !config.mlpBias();
            case "qwen3" -> all == config.outputBias() && !config.mlpBias();
            default -> all == config.outputBias();
        };
        if (!fits) {
            throw new BadInputException(
                    "biases of this model are none that a " + type + " in config.json has",
                    where,
                    "use the file as it is");
        }
    }

    /** The shortest decimal that is this float: 1e-5 and not 9.99999974e-6. */
    private static double decimal(float value) {
        return Double.parseDouble(Float.toString(value));
    }
}
