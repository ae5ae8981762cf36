package dev.errata.tensor;

/**
 * Which rows of packed queries and keys belong together. Sequences lie one after another without padding.
 *
 * <p>The queries of sequence s are rows {@code queryStart[s]} to {@code queryStart[s] + queryLength[s]}; its keys are
 * rows {@code keyStart[s]} to {@code keyStart[s] + keyLength[s]}. The last query stands at the last key: query i sees
 * the keys up to index {@code keyLength - queryLength + i} of its own sequence.
 */
public record Segments(int[] queryStart, int[] queryLength, int[] keyStart, int[] keyLength) {
    public int count() {
        return queryStart.length;
    }

    /** Sequences of these lengths, each attending to itself alone. */
    public static Segments packed(int... lengths) {
        int[] start = new int[lengths.length];
        for (int s = 1; s < lengths.length; s++) {
            start[s] = start[s - 1] + lengths[s - 1];
        }
        return new Segments(start, lengths.clone(), start, lengths.clone());
    }

    public int longestQuery() {
        int longest = 0;
        for (int length : queryLength) {
            longest = Math.max(longest, length);
        }
        return longest;
    }
}
