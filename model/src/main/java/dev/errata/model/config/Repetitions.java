package dev.errata.model.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How often a regular expression of a foreign file may repeat an empty group: that takes time without looking at the text,
 * so no counter of looks ends it.
 */
public final class Repetitions {
    private static final long MOST = 10_000;

    /** An escape with braces of its own, any other escape, or the least count of a repetition. */
    private static final Pattern COUNT = Pattern.compile("\\\\[xpPNk](?:\\{[^}]*\\})?|\\\\.|\\{(\\d+)", Pattern.DOTALL);

    private Repetitions() {}

    /** Whether the product of all least counts, an upper bound however they are nested, is out of all proportion. */
    public static boolean areTooMany(String regex) {
        long product = 1;
        Matcher counts = COUNT.matcher(regex);
        while (counts.find() && product <= MOST) {
            if (counts.group(1) != null) {
                long count = counts.group(1).length() > 9 ? Integer.MAX_VALUE : Long.parseLong(counts.group(1));
                product *= Math.max(count, 1);
            }
        }
        return product > MOST;
    }
}
