package dev.errata.model.adapter;

import dev.errata.tensor.BadInputException;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** A regular expression of an adapter's config: Python's syntax, and no more than so many looks at a text, as it comes from a stranger. */
final class BoundedPattern {
    private static final int LONGEST = 10_000;
    private static final int LOOKS = 1_000_000;

    private final Pattern pattern;
    private final String key;
    private final String where;

    /**
     * @param key the config's key, for errors
     * @throws BadInputException if it is no regular expression
     */
    BoundedPattern(String expression, String key, String where) {
        this.key = key;
        this.where = where;
        if (expression.length() > LONGEST) {
            throw bad("is longer than " + LONGEST + " characters", null);
        }
        try {
            pattern = Pattern.compile(expression.replace("(?P<", "(?<").replaceAll("\\(\\?P=(\\w+)\\)", "\\\\k<$1>"));
        } catch (PatternSyntaxException | StackOverflowError e) {
            throw bad("is no regular expression", e);
        }
    }

    /** Whether the whole text matches. */
    boolean matches(String text) {
        try {
            return pattern.matcher(new Watched(text, 0, text.length(), new int[1]))
                    .matches();
        } catch (TooManyLooks | StackOverflowError e) {
            throw bad("takes too long on " + text, e);
        }
    }

    private BadInputException bad(String what, Throwable cause) {
        return new BadInputException(
                "key " + key + " " + what, where, "write module names, or a simple regular expression", cause);
    }

    private static final class TooManyLooks extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /** A text that counts how often it is looked at; its parts count together. */
    private record Watched(String text, int from, int to, int[] looks) implements CharSequence {
        @Override
        public int length() {
            return to - from;
        }

        @Override
        public char charAt(int index) {
            if (++looks[0] > LOOKS) {
                throw new TooManyLooks();
            }
            return text.charAt(from + index);
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return new Watched(text, from + start, from + end, looks);
        }

        @Override
        public String toString() {
            return text.substring(from, to);
        }
    }
}
