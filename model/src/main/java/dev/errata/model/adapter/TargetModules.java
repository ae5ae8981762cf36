package dev.errata.model.adapter;

import dev.errata.tensor.BadInputException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which modules get a low-rank addition, by PEFT's rules. A module is named as in the checkpoint, without {@code .weight}.
 *
 * @param names whole names or their last parts, as {@code q_proj}, or {@code all-linear} alone; empty with an expression
 * @param expression a regular expression of whole names, or null
 * @param exclude names that get none, as {@code names}
 * @param excludeExpression a regular expression of whole names that get none, or null
 * @param layers numbers of the blocks that are meant, counted from 0; empty: all
 * @param layersPatterns names of the list of blocks, as {@code layers}; empty: any
 */
public record TargetModules(
        List<String> names,
        String expression,
        List<String> exclude,
        String excludeExpression,
        List<Integer> layers,
        List<String> layersPatterns) {
    public static final String ALL_LINEAR = "all-linear";

    /** Each is tried on each module. */
    private static final long MOST_PATTERNS = 10_000;

    private static final Pattern ANY_BLOCK = Pattern.compile(".*?\\.[^.]*\\.(\\d+)\\..*");

    /** Modules by name alone. */
    public static TargetModules named(List<String> names) {
        return new TargetModules(List.copyOf(names), null, List.of(), null, List.of(), List.of());
    }

    /** Whether all linear layers of the blocks are meant. */
    public boolean isAllLinear() {
        return names.contains(ALL_LINEAR);
    }

    /**
     * @param isBlockLinear whether the module is a linear layer of a block, as {@code all-linear} means them
     * @param where the file, for errors
     * @throws BadInputException if an expression is none or can't be matched in a bounded time
     */
    boolean match(String module, boolean isBlockLinear, String where) {
        if (isExcluded(module, where)) {
            return false;
        }
        if (expression != null) {
            return new BoundedPattern(expression, "target_modules", where).matches(module);
        }
        if (isAllLinear()) {
            return isBlockLinear;
        }
        if (names.contains(module)) {
            return true;
        }
        return names.stream().anyMatch(name -> endsWith(module, name)) && isInLayers(module, where);
    }

    private boolean isExcluded(String module, String where) {
        if (excludeExpression != null) {
            return new BoundedPattern(excludeExpression, "exclude_modules", where).matches(module);
        }
        return exclude.stream().anyMatch(name -> endsWith(module, name));
    }

    /** Whether a name ends in another at a dot, or is it. */
    static boolean endsWith(String module, String name) {
        return module.equals(name) || module.endsWith("." + name);
    }

    private boolean isInLayers(String module, String where) {
        if (layers.isEmpty()) {
            return true;
        }
        if (layersPatterns.isEmpty()) {
            Matcher matcher = ANY_BLOCK.matcher(module);
            return matcher.matches() && holds(matcher.group(1));
        }
        if ((long) layers.size() * layersPatterns.size() > MOST_PATTERNS) {
            throw new BadInputException(
                    "key layers_pattern has too many patterns for so many layers", where, "write fewer patterns");
        }
        List<Integer> named = layers.stream()
                .filter(layer -> module.contains("." + layer + "."))
                .toList();
        for (String pattern : layersPatterns) {
            for (int layer : named) {
                String block = "(?:|.*?\\.)(?:" + pattern + ")\\." + layer + "\\..*";
                if (new BoundedPattern(block, "layers_pattern", where).matches(module)) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean holds(String number) {
        return layers.stream().anyMatch(layer -> layer.toString().equals(number));
    }
}
