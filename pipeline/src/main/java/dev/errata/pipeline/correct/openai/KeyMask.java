package dev.errata.pipeline.correct.openai;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Takes the key out of texts that are shown, should a server repeat it. It is masked where it stands by itself, never
 * inside another word; and keys that are plain words, as local servers take them ({@code EMPTY}, {@code none}), aren't
 * secrets.
 */
final class KeyMask {
    private static final int SHORTEST = 4;
    private static final int LONGEST_WORD = 16;
    private static final String MASK = "(key)";

    private final Pattern key;

    KeyMask(String key) {
        boolean word = key.length() < LONGEST_WORD && key.chars().allMatch(Character::isLetter);
        this.key = key.length() < SHORTEST || word
                ? null
                : Pattern.compile("(?<![\\p{L}\\p{N}_-])" + Pattern.quote(key) + "(?![\\p{L}\\p{N}_-])");
    }

    /** The text without the key. */
    String of(String text) {
        return key == null ? text : key.matcher(text).replaceAll(Matcher.quoteReplacement(MASK));
    }
}
