package dev.errata.model.config;

import dev.errata.model.family.Families;
import dev.errata.model.family.ModelFamily;
import dev.errata.model.family.SoftCaps;
import dev.errata.model.family.WindowRule;
import dev.errata.tensor.BadInputException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/** Reads a model's shape from the keys of a GGUF file. */
public final class GgufConfig {
    /** LongRoPE's divisors of the frequencies up to the trained length and beyond it, [turned / 2] each. */
    public static final String SHORT_FACTORS = "rope_factors_short.weight";

    public static final String LONG_FACTORS = "rope_factors_long.weight";

    /** Divisors of the frequencies at every length, [turned / 2]. */
    public static final String FREQUENCIES = "rope_freqs.weight";

    private static final String QUERY_BIAS = "blk.0.attn_q.bias";
    private static final String QUERY_KEY_VALUE_BIAS = "blk.0.attn_qkv.bias";
    private static final double NO_SCALE = 0;

    private final Map<String, Object> metadata;
    private final String where;
    private final String architecture;

    private GgufConfig(Map<String, Object> metadata, String where) {
        this.metadata = metadata;
        this.where = where;
        this.architecture = String.valueOf(metadata.get("general.architecture"));
    }

    /**
     * @param metadata the file's keys
     * @param vocabulary rows of the embedding
     * @param tensors the names of its tensors, which tell whether the output layer has its own and which layers have
     *     biases
     * @param values gives the values of one of them
     * @param where the file, for errors
     * @throws BadInputException if a key is missing or wrong or the architecture isn't supported
     */
    public static ModelConfig of(
            Map<String, Object> metadata,
            int vocabulary,
            Set<String> tensors,
            Function<String, float[]> values,
            String where) {
        return new GgufConfig(metadata, where).config(vocabulary, tensors, values);
    }

    private ModelConfig config(int vocabulary, Set<String> tensors, Function<String, float[]> values) {
        ModelFamily family = Families.ofGguf(architecture)
                .orElseThrow(() -> new BadInputException(
                        "architecture " + architecture + " isn't supported",
                        where,
                        "use a file of one of " + Families.architectures()));
        if (number("expert_count", 0) > 0) {
            throw new BadInputException(
                    "a mixture of experts isn't supported",
                    where,
                    "use a model without experts of one of " + Families.architectures());
        }
        int hidden = size("embedding_length", null);
        int heads = size("attention.head_count", null);
        int keyValueHeads = size("attention.head_count_kv", heads);
        int turned = size("rope.dimension_count", hidden / heads);
        boolean partly = family.keys().partialRotary();
        int headDim = size("attention.key_length", partly ? hidden / heads : turned);
        turned = partly ? turned : headDim;
        if (heads % keyValueHeads != 0 || headDim % 2 != 0 || headDim == 0 || turned > headDim || turned % 2 != 0) {
            throw new BadInputException(
                    heads + " heads of " + headDim + " with " + keyValueHeads + " key/value heads do not fit together",
                    where,
                    "get the file anew");
        }
        int layers = size("block_count", null);
        int window = (int) number("attention.sliding_window", defaultWindow(family));
        return new ModelConfig(
                        family,
                        vocabulary,
                        hidden,
                        size("feed_forward_length", null),
                        layers,
                        heads,
                        keyValueHeads,
                        headDim,
                        (float) number("attention.layer_norm_rms_epsilon", 1e-5),
                        size("context_length", 2048),
                        !tensors.contains("output.weight"),
                        family.queryKeyValueBias()
                                || tensors.contains(QUERY_BIAS)
                                || tensors.contains(QUERY_KEY_VALUE_BIAS),
                        tensors.contains("blk.0.attn_output.bias"),
                        tensors.contains("blk.0.ffn_gate.bias"),
                        attentionScale(family, layers, headDim, hidden / heads),
                        softCaps(family),
                        window,
                        window > 0 ? family.window().fullLayers(layers) : Set.of(),
                        new RopeConfig(
                                number("rope.freq_base", 10000),
                                part(turned, headDim),
                                scaling(tensors, values, turned / 2)),
                        0.02f,
                        token("tokenizer.ggml.bos_token_id"),
                        ends())
                .possible(where);
    }

    /** Where a file doesn't say; others than Gemma's have none without the key. */
    private static int defaultWindow(ModelFamily family) {
        return family.window() == WindowRule.EVERY_SECOND_LAYER
                ? family.defaults().slidingWindow()
                : 0;
    }

    private SoftCaps softCaps(ModelFamily family) {
        SoftCaps absent = family.arithmetic().softCaps();
        return absent.equals(SoftCaps.NONE)
                ? absent
                : new SoftCaps((float) number("attn_logit_softcapping", absent.attention()), (float)
                        number("final_logit_softcapping", absent.logits()));
    }

    /** The file's own, or what llama.cpp takes. */
    private float attentionScale(ModelFamily family, int layers, int headDim, int hiddenOfHead) {
        double given = number("attention.scale", NO_SCALE);
        return given > 0 ? (float) given : usualAttentionScale(family, layers, headDim, hiddenOfHead);
    }

    /**
     * The scale of scores that llama.cpp takes for a file: 1/√D, but for the largest Gemma 2, which it knows by its 46
     * layers, that of hidden size / heads.
     */
    public static float usualAttentionScale(ModelFamily family, int layers, int headDim, int hiddenOfHead) {
        boolean byHidden = family.arithmetic().queryPreAttnScalar() > 0 && layers == 46;
        return (float) (1 / Math.sqrt(byHidden ? hiddenOfHead : headDim));
    }

    /** The share of a head, such that it gives {@code turned} back. */
    private static double part(int turned, int headDim) {
        double part = (double) turned / headDim;
        return (int) (headDim * part) == turned ? part : Math.nextUp(part);
    }

    private RopeConfig.Scaling scaling(Set<String> tensors, Function<String, float[]> values, int pairs) {
        if (tensors.contains(LONG_FACTORS) && tensors.contains(SHORT_FACTORS)) {
            return longRope(factors(SHORT_FACTORS, values, pairs), factors(LONG_FACTORS, values, pairs));
        }
        if (tensors.contains(FREQUENCIES)) {
            return new RopeConfig.Scaling.PerFrequency(factors(FREQUENCIES, values, pairs));
        }
        Object type = metadata.getOrDefault(architecture + ".rope.scaling.type", "none");
        return switch (String.valueOf(type)) {
            case "none" -> new RopeConfig.Scaling.Default();
            case "linear" -> new RopeConfig.Scaling.Linear(number("rope.scaling.factor", 1));
            case "yarn" -> yarn();
            default ->
                throw new BadInputException(
                        "rope scaling " + type + " is not known", where, "only linear and yarn are");
        };
    }

    private float[] factors(String name, Function<String, float[]> values, int pairs) {
        float[] factors = values.apply(name);
        if (factors.length != pairs) {
            throw new BadInputException(
                    name + " has " + factors.length + " factors for " + pairs + " pairs of a head",
                    where,
                    "get the file anew");
        }
        return factors;
    }

    private RopeConfig.Scaling longRope(float[] shortFactors, float[] longFactors) {
        int context = size("context_length", 2048);
        int original = size("rope.scaling.original_context_length", context);
        double inferred = RopeConfig.Scaling.LongRope.attentionFactor((double) context / original, original);
        double given = number("rope.scaling.attn_factor", inferred);
        return new RopeConfig.Scaling.LongRope(shortFactors, longFactors, given, original);
    }

    /** As llama.cpp turns the keys into angles: YaRN's own attention factor, times one that the file may give. */
    private RopeConfig.Scaling.Yarn yarn() {
        double factor = number("rope.scaling.factor", 1);
        double given = number("rope.scaling.yarn_attn_factor", number("rope.scaling.attn_factor", 1));
        return new RopeConfig.Scaling.Yarn(
                factor,
                given * RopeConfig.Scaling.Yarn.attentionFactor(factor, 1),
                number("rope.scaling.yarn_beta_fast", 32),
                number("rope.scaling.yarn_beta_slow", 1),
                size("rope.scaling.original_context_length", size("context_length", 2048)),
                true);
    }

    /** The tokens that end a text, a turn or a message, by key and by text; llama.cpp stops at each of them. */
    private List<Integer> ends() {
        Stream<Integer> named = Stream.of("eos", "eot", "eom").map(end -> token("tokenizer.ggml." + end + "_token_id"));
        return Stream.concat(named, EndTokens.of(metadata).stream())
                .filter(id -> id >= 0)
                .distinct()
                .toList();
    }

    private int token(String key) {
        return metadata.get(key) instanceof Number id ? id.intValue() : -1;
    }

    private double number(String key, double absent) {
        Object value = metadata.get(architecture + "." + key);
        if (value == null) {
            return absent;
        }
        if (!(value instanceof Number number)) {
            throw new BadInputException(
                    "key " + architecture + "." + key + " is no number", where, "get the file anew");
        }
        return number.doubleValue();
    }

    private int size(String key, Integer absent) {
        Object value = metadata.get(architecture + "." + key);
        if (value == null && absent != null) {
            return absent;
        }
        if (!(value instanceof Number number) || number.longValue() < 1 || number.longValue() > Integer.MAX_VALUE) {
            throw new BadInputException(
                    "key " + architecture + "." + key + " is " + value + ", not a positive number",
                    where,
                    "get the file anew");
        }
        return number.intValue();
    }
}
