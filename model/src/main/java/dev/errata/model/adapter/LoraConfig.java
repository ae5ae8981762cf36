package dev.errata.model.adapter;

import java.util.List;
import java.util.Map;

/**
 * What PEFT's adapter_config.json says of a LoRA adapter.
 *
 * @param baseModel the base model's name or path, as saved; may be null
 * @param targetModules ends of module names, as {@code q_proj}, or {@code all-linear} alone
 * @param rankPattern ranks of modules whose names end so
 * @param alphaPattern alphas of modules whose names end so
 */
public record LoraConfig(
        String baseModel,
        int r,
        double loraAlpha,
        double loraDropout,
        List<String> targetModules,
        boolean useRslora,
        Map<String, Integer> rankPattern,
        Map<String, Double> alphaPattern) {
    public static final String ALL_LINEAR = "all-linear";

    /** Whether a module, named as in the checkpoint without {@code .weight}, gets an adapter. */
    public boolean targets(String module) {
        return targetModules.stream().anyMatch(target -> target.equals(ALL_LINEAR) || endsWith(module, target));
    }

    public int rank(String module) {
        return pattern(rankPattern, module, r);
    }

    /** alpha / r, or alpha / √r with rank-stabilized LoRA (Kalajdzievski 2023). */
    public float scale(String module) {
        double alpha = pattern(alphaPattern, module, loraAlpha);
        int rank = rank(module);
        return (float) (useRslora ? alpha / Math.sqrt(rank) : alpha / rank);
    }

    private static <T> T pattern(Map<String, T> patterns, String module, T otherwise) {
        for (Map.Entry<String, T> pattern : patterns.entrySet()) {
            if (endsWith(module, pattern.getKey())) {
                return pattern.getValue();
            }
        }
        return otherwise;
    }

    private static boolean endsWith(String module, String name) {
        return module.equals(name) || module.endsWith("." + name);
    }
}
