package dev.errata.model.adapter;

import java.util.List;
import java.util.Map;

/**
 * What PEFT's adapter_config.json says of a LoRA adapter.
 *
 * @param baseModel the base model's name or path, as saved; may be null
 * @param targets the modules with a low-rank addition
 * @param useDora whether the rows of the changed weights have trained lengths
 * @param saved what is trained and saved whole beside them
 * @param rankPattern ranks of modules by regular expressions of the ends of their names, the first that fits
 * @param alphaPattern alphas, likewise
 * @param where the file or key that says so, for errors
 */
public record LoraSpec(
        String baseModel,
        int r,
        double loraAlpha,
        double loraDropout,
        TargetModules targets,
        boolean useRslora,
        boolean useDora,
        SavedModules saved,
        Map<String, Integer> rankPattern,
        Map<String, Double> alphaPattern,
        String where) {
    /** A new adapter with one rank for all modules of these names. */
    public static LoraSpec plain(
            String baseModel, int r, double loraAlpha, double loraDropout, List<String> targetModules, String where) {
        return new LoraSpec(
                baseModel,
                r,
                loraAlpha,
                loraDropout,
                TargetModules.named(targetModules),
                false,
                false,
                SavedModules.NONE,
                Map.of(),
                Map.of(),
                where);
    }

    public LoraSpec withRslora(boolean on) {
        return new LoraSpec(
                baseModel, r, loraAlpha, loraDropout, targets, on, useDora, saved, rankPattern, alphaPattern, where);
    }

    public LoraSpec withDora(boolean on) {
        return new LoraSpec(
                baseModel, r, loraAlpha, loraDropout, targets, useRslora, on, saved, rankPattern, alphaPattern, where);
    }

    public LoraSpec withSaved(SavedModules modules) {
        return new LoraSpec(
                baseModel,
                r,
                loraAlpha,
                loraDropout,
                targets,
                useRslora,
                useDora,
                modules,
                rankPattern,
                alphaPattern,
                where);
    }

    /**
     * Whether a module, named as in the checkpoint without {@code .weight}, gets a low-rank addition.
     *
     * @param isBlockLinear whether it is a linear layer of a block
     */
    public boolean adapts(String module, boolean isBlockLinear) {
        return !saved.hasModuleAbove(module, where) && targets.match(module, isBlockLinear, where);
    }

    public int rank(String module) {
        return pattern(rankPattern, "rank_pattern", module, r);
    }

    /** alpha / r, or alpha / √r with rank-stabilized LoRA (Kalajdzievski 2023). */
    public float scale(String module) {
        double alpha = pattern(alphaPattern, "alpha_pattern", module, loraAlpha);
        int rank = rank(module);
        return (float) (useRslora ? alpha / Math.sqrt(rank) : alpha / rank);
    }

    private <T> T pattern(Map<String, T> patterns, String key, String module, T otherwise) {
        for (Map.Entry<String, T> pattern : patterns.entrySet()) {
            String end = pattern.getKey();
            if (TargetModules.endsWith(module, end)
                    || new BoundedPattern("(?:.*\\.)?(?:" + end + ")", key, where).matches(module)) {
                return pattern.getValue();
            }
        }
        return otherwise;
    }
}
