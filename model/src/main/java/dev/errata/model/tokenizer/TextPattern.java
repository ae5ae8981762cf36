package dev.errata.model.tokenizer;

import dev.errata.model.config.Repetitions;
import dev.errata.tensor.BadInputException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A regular expression that texts are searched for. One from a tokenizer file may come from anyone, and java.util.regex
 * backtracks without a bound, so a text is handed to it behind a counter: an expression that looks at a text far more often
 * than the known tokenizers' do is given up with a sentence.
 *
 * @param file where it comes from, for errors; null for this program's own, which need no counter
 */
public record TextPattern(Pattern pattern, String file) {
    /** GPT-2's split into words, numbers, signs and spaces. */
    public static final TextPattern GPT2 =
            known("'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+");

    /** Looks at a character, for each character of the text. GPT-2's and LLaMA 3's patterns take fewer than 40. */
    private static final long LOOKS_PER_CHARACTER = 2_000;

    private static final long LOOKS_AT_LEAST = 1_000_000;
    private static final int LONGEST = 1 << 16;
    /** What is done with each match. */
    interface Action {
        void match(int from, int to);
    }

    /** An expression of this program, with Unicode's meaning of {@code \s}, {@code \w}, {@code \d} and of case. */
    static TextPattern known(String regex) {
        return new TextPattern(compile(regex), null);
    }

    /** Finds a text as it is; an empty one is everywhere. */
    static TextPattern literal(String text) {
        return new TextPattern(Pattern.compile(Pattern.quote(text)), null);
    }

    /**
     * Reads {@code {"String": …}} or {@code {"Regex": …}}, the latter with Unicode's meaning too.
     *
     * @throws BadInputException if it isn't an expression that java.util.regex takes, or it is out of all proportion
     */
    static TextPattern read(JsonPart pattern) {
        if (pattern.isText()) {
            return literal(pattern.text());
        }
        if (!pattern.get("String").isNull()) {
            return literal(pattern.get("String").text());
        }
        JsonPart regex = pattern.get("Regex");
        if (regex.text().length() > LONGEST || Repetitions.areTooMany(regex.text())) {
            throw regex.unsupported("a regular expression of such a size");
        }
        try {
            return new TextPattern(compile(regex.text()), regex.file());
        } catch (IllegalArgumentException | IndexOutOfBoundsException | StackOverflowError e) {
            throw regex.unsupported("this regular expression");
        }
    }

    /** As java.util.regex writes it. */
    public String regex() {
        return pattern.pattern();
    }

    /** Only a line feed ends a line, and {@code ^} and {@code $} are found at every line. */
    private static Pattern compile(String regex) {
        return Pattern.compile(
                OnigurumaPattern.translated(regex),
                Pattern.UNICODE_CHARACTER_CLASS | Pattern.UNIX_LINES | Pattern.MULTILINE);
    }

    /**
     * Goes through all matches from left to right, as the tokenizers library finds them: empty ones, as those of a
     * look-ahead, count, but not right after another match; an empty text has none.
     *
     * @throws BadInputException if the expression takes too long or nests too deep for the text
     */
    void forEachMatch(String text, Action action) {
        Matcher matcher = pattern.matcher(file == null ? text : new CountedText(text));
        int end = -1;
        boolean found = !text.isEmpty() && find(matcher, -1, text);
        while (found) {
            boolean isEmpty = matcher.start() == matcher.end();
            if (!isEmpty || matcher.start() != end) {
                end = matcher.end();
                action.match(matcher.start(), end);
            }
            int next = matcher.end();
            if (isEmpty && next == text.length()) {
                return;
            }
            found = find(matcher, isEmpty ? next + Character.charCount(text.codePointAt(next)) : -1, text);
        }
    }

    /** The text with each match replaced. */
    String replaceAll(String text, String replacement) {
        StringBuilder out = new StringBuilder(text.length());
        int[] copied = {0};
        forEachMatch(text, (from, to) -> {
            out.append(text, copied[0], from).append(replacement);
            copied[0] = to;
        });
        return out.append(text, copied[0], text.length()).toString();
    }

    /** Whether a place is between the halves of a surrogate pair, where java.util.regex finds empty matches. */
    private static boolean splitsPair(String text, int at) {
        return at > 0
                && at < text.length()
                && Character.isLowSurrogate(text.charAt(at))
                && Character.isHighSurrogate(text.charAt(at - 1));
    }

    /** The match after the one before, or the first one at {@code from} or behind it where that is not −1. */
    private boolean find(Matcher matcher, int from, String text) {
        try {
            boolean found = from < 0 ? matcher.find() : matcher.find(from);
            while (found && splitsPair(text, matcher.start())) {
                found = matcher.find(matcher.start() + 1);
            }
            return found;
        } catch (StackOverflowError e) {
            // java.util.regex recurses on repeated groups; the known tokenizers' patterns have none.
            throw new BadInputException(
                    "pattern too deep for a text of " + text.length() + " characters",
                    String.valueOf(file),
                    "use shorter texts",
                    e);
        } catch (TooManyLooks e) {
            throw new BadInputException(
                    "pattern takes too long for a text of " + text.length() + " characters",
                    String.valueOf(file),
                    "use a model with another tokenizer",
                    e);
        }
    }

    /** Thrown out of the middle of a match, and so without a stack trace. */
    private static final class TooManyLooks extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TooManyLooks() {
            super("more looks at a text than a pattern needs", null, false, false);
        }
    }

    /** A text that counts how often its characters are looked at. */
    private static final class CountedText implements CharSequence {
        private final String text;
        private long left;

        CountedText(String text) {
            this.text = text;
            left = LOOKS_AT_LEAST + LOOKS_PER_CHARACTER * text.length();
        }

        @Override
        public char charAt(int index) {
            if (--left < 0) {
                throw new TooManyLooks();
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int from, int to) {
            return text.substring(from, to);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
