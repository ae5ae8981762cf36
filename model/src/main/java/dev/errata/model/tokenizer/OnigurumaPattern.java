package dev.errata.model.tokenizer;

import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A regular expression in Oniguruma's Ruby syntax, which tokenizer.json files use, in Java's words. Nearly all of it is
 * the same; what is rewritten here means something else in Java, or nothing at all.
 */
final class OnigurumaPattern {
    /** A property, a POSIX bracket, a repeated interval (not a possessive one), a hexadecimal digit; other escapes. */
    private static final Pattern DIFFERENT = Pattern.compile(
            "\\\\p\\{(\\^?)(\\w+)\\}|\\[:(\\^?\\w+):\\]" + "|\\{(\\d{0,4}),\\d{0,4}\\}\\+|\\\\([hH])|\\\\.",
            Pattern.DOTALL);

    private static final Map<String, String> BRACKETS = Map.of(
            "alpha", "\\p{IsAlphabetic}",
            "alnum", "\\p{IsAlphabetic}\\p{Nd}",
            "digit", "\\p{Nd}",
            "space", "\\s",
            "punct", "\\p{P}\\p{S}",
            "upper", "\\p{IsUppercase}",
            "lower", "\\p{IsLowercase}");

    private OnigurumaPattern() {}

    /** The same in Java's syntax; throws {@link PatternSyntaxException} where there is no such thing. */
    static String translated(String regex) {
        return DIFFERENT.matcher(regex).replaceAll(found -> Matcher.quoteReplacement(replacement(regex, found)));
    }

    private static String replacement(String regex, MatchResult found) {
        if (found.group(2) != null) {
            return (found.group(1).isEmpty() ? "\\p{" : "\\P{") + property(found.group(2)) + "}";
        }
        if (found.group(3) != null) {
            String characters = BRACKETS.get(found.group(3));
            if (characters == null) {
                throw new PatternSyntaxException("bracket", regex, found.start());
            }
            return characters;
        }
        if (found.group(4) != null) {
            int least = found.group(4).isEmpty() ? 0 : Integer.parseInt(found.group(4));
            if (least > 1) {
                throw new PatternSyntaxException("repeated interval", regex, found.start());
            }
            return least == 0 ? "*" : "+";
        }
        if (found.group(5) != null) {
            return found.group(5).equals("h") ? "[0-9a-fA-F]" : "[^0-9a-fA-F]";
        }
        return found.group();
    }

    private static String property(String name) {
        if (name.length() <= 2) {
            return name;
        }
        try {
            Character.UnicodeScript.forName(name);
            return "Is" + name;
        } catch (IllegalArgumentException notAScript) {
            return name;
        }
    }
}
