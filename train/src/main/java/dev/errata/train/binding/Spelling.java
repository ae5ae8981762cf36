package dev.errata.train.binding;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** "Did you mean": the known word nearest to a misspelt one. */
public final class Spelling {
    private Spelling() {}

    /** The nearest known word, if it is near enough for a slip of the finger. Among equals, the first in order. */
    public static Optional<String> nearest(String word, Collection<String> known) {
        int allowed = Math.max(2, word.length() / 3);
        return known.stream()
                .min(Comparator.comparingInt((String each) -> EditDistance.between(word, each))
                        .thenComparing(Comparator.naturalOrder()))
                .filter(found -> EditDistance.between(word, found) <= allowed);
    }
}
