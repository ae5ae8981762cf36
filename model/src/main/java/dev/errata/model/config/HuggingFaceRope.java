package dev.errata.model.config;

import dev.errata.model.config.RopeConfig.Scaling;
import dev.errata.tensor.BadInputException;

/**
 * Reads how positions are encoded from a {@code config.json}: {@code rope_parameters} of transformers 5, or
 * {@code rope_theta} with {@code rope_scaling} of 4 and older, whose type may be called {@code type}.
 */
final class HuggingFaceRope {
    private final JsonFields json;
    private final JsonFields scaling;
    private final int headDim;
    private final int maxPositionEmbeddings;

    private HuggingFaceRope(JsonFields json, JsonFields scaling, int headDim, int maxPositionEmbeddings) {
        this.json = json;
        this.scaling = scaling;
        this.headDim = headDim;
        this.maxPositionEmbeddings = maxPositionEmbeddings;
    }

    /**
     * @throws BadInputException if the scaling is not known or lacks a key
     */
    static RopeConfig of(JsonFields json, int headDim, int maxPositionEmbeddings) {
        JsonFields old = json.object("rope_scaling");
        JsonFields scaling = old != null && !old.keys().isEmpty() ? old : json.object("rope_parameters");
        requireWhole(json, json);
        double theta = json.positive("rope_theta", 10000);
        if (scaling == null) {
            return new RopeConfig(theta, new Scaling.Default());
        }
        requireWhole(scaling, json);
        theta = scaling.positive("rope_theta", theta);
        return new RopeConfig(theta, new HuggingFaceRope(json, scaling, headDim, maxPositionEmbeddings).scaling());
    }

    private static void requireWhole(JsonFields fields, JsonFields json) {
        double part = fields.number("partial_rotary_factor", 1);
        if (part != 1) {
            throw new BadInputException(
                    "partial_rotary_factor " + part + " is not known", json.where(), "only 1 is, the whole head");
        }
    }

    private Scaling scaling() {
        String type = scaling.text("rope_type", scaling.text("type", "default"));
        return switch (type) {
            case "default" -> new Scaling.Default();
            case "linear" -> new Scaling.Linear(scaling.positive("factor"));
            case "dynamic" -> dynamic();
            case "yarn" -> yarn();
            case "longrope" -> longRope();
            case "llama3" ->
                new Scaling.Llama3(
                        scaling.positive("factor"),
                        scaling.positive("low_freq_factor"),
                        scaling.positive("high_freq_factor"),
                        originalLength());
            default ->
                throw new BadInputException(
                        "rope scaling " + type + " is not known",
                        json.where(),
                        "only default, linear, dynamic, yarn, longrope and llama3 are");
        };
    }

    private Scaling dynamic() {
        if (headDim <= 2) {
            throw new BadInputException(
                    "rope scaling dynamic needs heads of more than 2", json.where(), "mend the config");
        }
        return new Scaling.Dynamic(scaling.positive("factor"), maxPositionEmbeddings);
    }

    private Scaling yarn() {
        int original = originalLength();
        double factor = scaling.positive("factor", (double) maxPositionEmbeddings / original);
        double mscale = scaling.number("mscale", 0);
        double mscaleAllDim = scaling.number("mscale_all_dim", 0);
        double inferred = mscale != 0 && mscaleAllDim != 0
                ? Scaling.Yarn.attentionFactor(factor, mscale) / Scaling.Yarn.attentionFactor(factor, mscaleAllDim)
                : Scaling.Yarn.attentionFactor(factor, 1);
        return new Scaling.Yarn(
                factor,
                scaling.number("attention_factor", inferred),
                unlessZero(scaling.number("beta_fast", 32), 32),
                unlessZero(scaling.number("beta_slow", 1), 1),
                original,
                scaling.flag("truncate", true));
    }

    private Scaling longRope() {
        int original = originalLength();
        double factor = scaling.positive("factor", (double) maxPositionEmbeddings / original);
        double inferred = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original));
        return new Scaling.LongRope(
                divisors("short_factor"),
                divisors("long_factor"),
                scaling.number("attention_factor", inferred),
                original);
    }

    private float[] divisors(String key) {
        float[] divisors = scaling.numbers(key);
        if (divisors.length != headDim / 2) {
            throw new BadInputException(
                    "key " + key + " has " + divisors.length + " numbers, not " + headDim / 2,
                    json.where(),
                    "give one for each pair of a head");
        }
        return divisors;
    }

    /** The trained length: a key of the model before one of the scaling, else all positions. */
    private int originalLength() {
        String key = "original_max_position_embeddings";
        return json.size(key, scaling.size(key, maxPositionEmbeddings));
    }

    /** transformers takes a 0 for an absent value. */
    private static double unlessZero(double value, double absent) {
        return value == 0 ? absent : value;
    }
}
