package dev.errata.tensor;

/**
 * Which rows of packed queries and keys belong together, in the backend's memory: uploaded once a batch by {@link
 * SegmentBounds}, which checks every number, and read by each layer's attention. Sequences lie one after another without
 * padding.
 *
 * <p>The queries of sequence s are rows {@code queryStart[s]} to {@code queryStart[s] + queryLength[s]}. Its keys are
 * {@code keyLength[s]} rows from row {@code keyStart[s]} on, or lie in a cache of blocks: key j is place j % T of block
 * {@code blockTable[s][j / T]}, where T is the cache's tokens a block. The last query stands at the last key: query i sees
 * the keys up to index {@code keyLength - queryLength + i} of its own sequence.
 *
 * <p>The scalars are bounds, not sizes, so that they can stay while the tensors' contents change from one step to the next.
 *
 * @param queryStart I32 [S], and {@code queryLength}, {@code keyLength} alike
 * @param keyStart I32 [S], or null where there is a block table
 * @param blockTable I32 [S, blocks of the longest sequence], or null; what lies behind a sequence's last key isn't read
 * @param queryRows rows of queries that the sequences reach to
 * @param keyRows rows of keys that the sequences may reach to: with a table, the places of all blocks it may name
 * @param longestQuery at least the most queries of a sequence
 * @param longestKey at least the most keys of a sequence
 */
public record Segments(
        Tensor queryStart,
        Tensor queryLength,
        Tensor keyLength,
        Tensor keyStart,
        Tensor blockTable,
        int queryRows,
        int keyRows,
        int longestQuery,
        int longestKey) {
    public Segments {
        if ((keyStart == null) == (blockTable == null)) {
            throw new IllegalArgumentException("keys lie in rows or in blocks, one of both");
        }
        long count = queryStart.elements();
        boolean alike = isVector(queryStart, count) && isVector(queryLength, count) && isVector(keyLength, count);
        boolean found = blockTable == null
                ? isVector(keyStart, count)
                : blockTable.dtype() == DType.I32 && blockTable.shape().rank() == 2 && blockTable.rows() == count;
        if (!alike || !found) {
            throw new IllegalArgumentException("segments are I32 tensors with an element or a row for each sequence");
        }
    }

    private static boolean isVector(Tensor tensor, long count) {
        return tensor.dtype() == DType.I32 && tensor.shape().rank() == 1 && tensor.elements() == count;
    }

    /** Sequences. */
    public int count() {
        return (int) queryStart.elements();
    }

    /** Whether keys lie in blocks. */
    public boolean inBlocks() {
        return blockTable != null;
    }

    /** Sequences of these lengths, each attending to itself alone. */
    public static Segments packed(Scope scope, int... lengths) {
        return SegmentBounds.packed(lengths).on(scope);
    }
}
