package dev.errata.model.config;

import dev.errata.model.config.RopeConfig.Scaling;
import dev.errata.model.family.ModelFamily;
import dev.errata.tensor.BadInputException;

/**
 * Reads how positions are encoded from a {@code config.json}: {@code rope_parameters} of transformers 5, or
 * {@code rope_theta} with {@code rope_scaling} of 4 and older, whose type may be called {@code type}.
 */
final class HuggingFaceRope {
    private static final String PART = "partial_rotary_factor";

    private final JsonFields json;
    private final JsonFields scaling;
    private final ModelFamily family;
    private final int turned;
    private final int maxPositionEmbeddings;

    private HuggingFaceRope(
            JsonFields json, JsonFields scaling, ModelFamily family, int turned, int maxPositionEmbeddings) {
        this.json = json;
        this.scaling = scaling;
        this.family = family;
        this.turned = turned;
        this.maxPositionEmbeddings = maxPositionEmbeddings;
    }

    /**
     * @throws BadInputException if the scaling is not known or lacks a key
     */
    static RopeConfig of(JsonFields json, ModelFamily family, int headDim, int maxPositionEmbeddings) {
        JsonFields old = json.object("rope_scaling");
        JsonFields scaling = old != null && !old.keys().isEmpty() ? old : json.object("rope_parameters");
        double theta = json.positive("rope_theta", 10000);
        double part = json.number(PART, 1);
        if (scaling != null) {
            theta = scaling.positive("rope_theta", theta);
            part = scaling.number(PART, part);
        }
        int turned = new RopeConfig(theta, part, new Scaling.Default()).turned(headDim);
        requirePossible(json, family, part, turned);
        if (scaling == null) {
            return new RopeConfig(theta, part, new Scaling.Default());
        }
        HuggingFaceRope rope = new HuggingFaceRope(json, scaling, family, turned, maxPositionEmbeddings);
        return new RopeConfig(theta, part, rope.scaling());
    }

    private static void requirePossible(JsonFields json, ModelFamily family, double part, int turned) {
        if (part != 1 && !family.keys().partialRotary()) {
            throw new BadInputException(
                    PART + " " + part + " is not known", json.where(), "only 1 of this family is, the whole head");
        }
        if (part > 1 || turned < 2 || turned % 2 != 0) {
            throw new BadInputException(
                    PART + " " + part + " turns " + turned + " elements of a head",
                    json.where(),
                    "give a part of 1 that turns whole pairs");
        }
    }

    private Scaling scaling() {
        String type = scaling.text("rope_type", scaling.text("type", "default"));
        return switch (family.keys().longRopeNames().contains(type) ? "longrope" : type) {
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
        if (turned <= 2) {
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
        double inferred = Scaling.LongRope.attentionFactor(factor, original);
        return new Scaling.LongRope(
                divisors("short_factor"),
                divisors("long_factor"),
                scaling.number("attention_factor", inferred),
                original);
    }

    private float[] divisors(String key) {
        float[] divisors = scaling.numbers(key);
        if (divisors.length != turned / 2) {
            throw new BadInputException(
                    "key " + key + " has " + divisors.length + " numbers, not " + turned / 2,
                    json.where(),
                    "give one for each pair of a head");
        }
        return divisors;
    }

    /** The trained length: a key of the model before one of the scaling, else all positions. */
    private int originalLength() {
        String key = "original_max_position_embeddings";
        int known = family.keys().originalMaxPositionEmbeddings();
        return json.size(key, scaling.size(key, known == 0 ? maxPositionEmbeddings : known));
    }

    /** transformers takes a 0 for an absent value. */
    private static double unlessZero(double value, double absent) {
        return value == 0 ? absent : value;
    }
}
