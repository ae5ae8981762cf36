package dev.errata.model.tokenizer;

import dev.errata.tensor.BadInputException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A regular expression that texts are searched for. One from a tokenizer file may come from anyone, and java.util.regex
 * backtracks without a bound, so a text is handed to it behind a counter: an expression that looks at a text far more often
 * than the known tokenizers' do is given up with a sentence.
 *
 * @param file where it comes from, for errors; null for this program's own, which need no counter
 */
record TextPattern(Pattern pattern, String file) {
    /** GPT-2's split into words, numbers, signs and spaces. */
    static final TextPattern GPT2 =
            known("'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+");

    /** Looks at a character, for each character of the text. GPT-2's and LLaMA 3's patterns take fewer than 40. */
    private static final long LOOKS_PER_CHARACTER = 2_000;

    private static final long LOOKS_AT_LEAST = 1_000_000;
    private static final int LONGEST = 1 << 16;
    /** An empty group repeated so often takes time without looking at the text. */
    private static final long MOST_REPETITIONS = 10_000;

    private static final Pattern REPETITION = Pattern.compile("\\\\[xpPNk](?:\\{[^}]*\\})?|\\\\.|\\{(\\d+)");

    /** What is done with each match. */
    interface Action {
        void match(int from, int to);
    }

    /** An expression of this program, with Unicode's meaning of {@code \s}, {@code \w}, {@code \d} and of case. */
    static TextPattern known(String regex) {
        return new TextPattern(compile(regex), null);
    }

    /** Finds a text as it is. */
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
        if (regex.text().length() > LONGEST || repetitions(regex.text()) > MOST_REPETITIONS) {
            throw regex.unsupported("a regular expression of such a size");
        }
        try {
            return new TextPattern(compile(regex.text()), regex.file());
        } catch (PatternSyntaxException | StackOverflowError e) {
            throw regex.unsupported("this regular expression");
        }
    }

    /** As java.util.regex writes it. */
    String regex() {
        return pattern.pattern();
    }

    /** Only a line feed ends a line, and {@code ^} and {@code $} are found at every line. */
    private static Pattern compile(String regex) {
        return Pattern.compile(
                OnigurumaPattern.translated(regex),
                Pattern.UNICODE_CHARACTER_CLASS | Pattern.UNIX_LINES | Pattern.MULTILINE);
    }

    /** An upper bound of how often an empty group is repeated: the product of all least counts. */
    private static long repetitions(String regex) {
        long product = 1;
        Matcher counts = REPETITION.matcher(regex);
        while (counts.find()) {
            if (counts.group(1) != null) {
                long count = counts.group(1).length() > 9 ? Integer.MAX_VALUE : Long.parseLong(counts.group(1));
                product = Math.min(product * Math.max(count, 1), Integer.MAX_VALUE);
            }
        }
        return product;
    }

    /**
     * Goes through all matches from left to right, empty ones included.
     *
     * @throws BadInputException if the expression takes too long or nests too deep for the text
     */
    void forEachMatch(String text, Action action) {
        Matcher matcher = pattern.matcher(file == null ? text : new CountedText(text));
        while (find(matcher, text)) {
            action.match(matcher.start(), matcher.end());
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

    private boolean find(Matcher matcher, String text) {
        try {
            return matcher.find();
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
