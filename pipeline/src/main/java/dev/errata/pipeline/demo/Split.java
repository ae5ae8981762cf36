package dev.errata.pipeline.demo;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The uses of problems that must never share a question. A hash of the normalized question puts it in one of them, so no list of other
 * files is needed to keep them apart.
 */
public enum Split {
    /** No restriction. */
    ANY("problem", 0, 16),
    /** Pretraining of the embedded model. */
    PRETRAINING("pretraining", 0, 12),
    /** Problems that are sampled, corrected and trained on. */
    PROBLEMS("train", 12, 14),
    /** Problems that are only evaluated on. */
    HELD_OUT("test", 14, 16);

    private static final int BUCKETS = 16;
    private static final Pattern BETWEEN_WORDS = Pattern.compile("[^\\p{L}\\p{N}]+");

    private final String label;
    private final int from;
    private final int to;

    Split(String label, int from, int to) {
        this.label = label;
        this.from = from;
        this.to = to;
    }

    /** How ids of its problems begin. */
    String label() {
        return label;
    }

    /** True if this question, in whatever case, spacing and punctuation, belongs here. */
    public boolean holds(String question) {
        int bucket = (int) (hash(question) >>> 60) % BUCKETS;
        return from <= bucket && bucket < to;
    }

    /** Words and numbers in lower case with one space between: two questions are the same if these are. */
    public static String normalized(String question) {
        return BETWEEN_WORDS
                .matcher(question.toLowerCase(Locale.ROOT))
                .replaceAll(" ")
                .strip();
    }

    /** A number that a question's words and numbers fix: FNV-1a over the characters, mixed into the upper bits. */
    static long hash(String question) {
        String text = normalized(question);
        long hash = 0xCBF29CE484222325L;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * 0x100000001B3L;
        }
        return (hash ^ (hash >>> 32)) * 0x9E3779B97F4A7C15L;
    }
}
