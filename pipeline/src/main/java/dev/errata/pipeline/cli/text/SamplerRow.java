package dev.errata.pipeline.cli.text;

import dev.errata.pipeline.data.JsonRow;
import dev.errata.tensor.sampling.SamplerSettings;

/**
 * A row of {@code sampler}: a tensor of logits and how to make probabilities of it.
 *
 * @param name the tensor is {@code <name>.logits}
 * @param history ids so far
 */
record SamplerRow(String name, int[] history, SamplerSettings settings, JsonRow row) {
    static SamplerRow of(JsonRow row) {
        row.allow("case", "ids", "settings");
        int[] history = row.has("ids") ? row.wholes("ids") : new int[0];
        SamplerSettings settings = row.has("settings") ? settings(row.block("settings")) : SamplerSettings.OFF;
        return new SamplerRow(row.text("case"), history, settings, row);
    }

    private static SamplerSettings settings(JsonRow block) {
        block.allow(
                "temperature", "top_k", "top_p", "min_p", "typical_p", "repetition_penalty", "no_repeat_ngram_size");
        return new SamplerSettings(
                above0(block, "temperature"),
                block.has("top_k") ? block.count("top_k") : 0,
                share(block, "top_p", 1),
                share(block, "min_p", 0),
                share(block, "typical_p", 1),
                above0(block, "repetition_penalty"),
                block.has("no_repeat_ngram_size") ? block.count("no_repeat_ngram_size") : 0);
    }

    private static double above0(JsonRow block, String key) {
        double value = block.numberOr(key, 1);
        if (value <= 0) {
            throw block.wrong(key + " is " + value, "give a number above 0");
        }
        return value;
    }

    private static double share(JsonRow block, String key, double absent) {
        double value = block.numberOr(key, absent);
        if (value < 0 || value > 1) {
            throw block.wrong(key + " is " + value, "give a number from 0 to 1");
        }
        return value;
    }

    String logits() {
        return name + ".logits";
    }

    String probabilities() {
        return name + ".probs";
    }
}
