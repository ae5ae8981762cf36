package dev.errata.model.tokenizer;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Regular expressions as tokenizer files write them. */
final class Patterns {
    /** GPT-2's split into words, numbers, signs and spaces. */
    static final Pattern GPT2 =
            compile("'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+");

    private Patterns() {}

    /**
     * Compiles with Unicode's meaning of {@code \s}, {@code \w}, {@code \d} and of upper and lower case; only a line
     * feed ends a line, and {@code ^} and {@code $} are found at every line.
     */
    static Pattern compile(String regex) {
        return Pattern.compile(
                OnigurumaPattern.translated(regex),
                Pattern.UNICODE_CHARACTER_CLASS | Pattern.UNIX_LINES | Pattern.MULTILINE);
    }

    /** Reads {@code {"String": …}} or {@code {"Regex": …}}. */
    static Pattern read(JsonPart pattern) {
        if (pattern.isText()) {
            return Pattern.compile(Pattern.quote(pattern.text()));
        }
        if (!pattern.get("String").isNull()) {
            return Pattern.compile(Pattern.quote(pattern.get("String").text()));
        }
        JsonPart regex = pattern.get("Regex");
        try {
            return compile(regex.text());
        } catch (PatternSyntaxException e) {
            throw regex.unsupported("this regular expression");
        }
    }
}
