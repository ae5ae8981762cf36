package dev.errata.model.config;

import dev.errata.tensor.BadInputException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Reads a model's shape from the keys of a GGUF file. */
public final class GgufConfig {
    private static final Set<String> ARCHITECTURES = Set.of("llama", "qwen2", "qwen3");

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
     * @param ropeFactors the file's {@code rope_freqs}, or null
     * @param where the file, for errors
     * @throws BadInputException if a key is missing or wrong or the architecture isn't supported
     */
    public static ModelConfig of(
            Map<String, Object> metadata, int vocabulary, Set<String> tensors, float[] ropeFactors, String where) {
        return new GgufConfig(metadata, where).config(vocabulary, tensors, ropeFactors);
    }

    private ModelConfig config(int vocabulary, Set<String> tensors, float[] ropeFactors) {
        if (!ARCHITECTURES.contains(architecture)) {
            throw new BadInputException(
                    "architecture " + architecture + " isn't supported", where, "use a file of llama, qwen2 or qwen3");
        }
        if (number("expert_count", 0) > 0) {
            throw new BadInputException(
                    "a mixture of experts isn't supported",
                    where,
                    "use a model without experts of llama, qwen2 or qwen3");
        }
        int hidden = size("embedding_length", null);
        int heads = size("attention.head_count", null);
        int keyValueHeads = size("attention.head_count_kv", heads);
        int headDim = size("attention.key_length", size("rope.dimension_count", hidden / heads));
        if (heads % keyValueHeads != 0 || headDim % 2 != 0 || headDim == 0) {
            throw new BadInputException(
                    heads + " heads of " + headDim + " with " + keyValueHeads + " key/value heads do not fit together",
                    where,
                    "get the file anew");
        }
        if (ropeFactors != null && ropeFactors.length != headDim / 2) {
            throw new BadInputException(
                    "rope_freqs has " + ropeFactors.length + " factors for heads of " + headDim,
                    where,
                    "get the file anew");
        }
        return new ModelConfig(
                        architecture,
                        vocabulary,
                        hidden,
                        size("feed_forward_length", null),
                        size("block_count", null),
                        heads,
                        keyValueHeads,
                        headDim,
                        (float) number("attention.layer_norm_rms_epsilon", 1e-5),
                        size("context_length", 2048),
                        !tensors.contains("output.weight"),
                        architecture.equals("qwen2") || tensors.contains("blk.0.attn_q.bias"),
                        tensors.contains("blk.0.attn_output.bias"),
                        tensors.contains("blk.0.ffn_gate.bias"),
                        architecture.equals("qwen3"),
                        (int) number("attention.sliding_window", 0),
                        Set.of(),
                        new RopeConfig(number("rope.freq_base", 10000), scaling(ropeFactors)),
                        0.02f,
                        token("tokenizer.ggml.bos_token_id"),
                        ends())
                .possible(where);
    }

    private RopeConfig.Scaling scaling(float[] ropeFactors) {
        if (ropeFactors != null) {
            return new RopeConfig.Scaling.PerFrequency(ropeFactors);
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
