package dev.errata.tensor;

import java.util.stream.IntStream;

/**
 * {@link Segments} on the host, before they are uploaded; arrays with an element for each sequence.
 *
 * @param keyStart where keys lie one after another; null where they lie in blocks
 */
public record SegmentBounds(int[] queryStart, int[] queryLength, int[] keyStart, int[] keyLength) {
    /**
     * @throws IllegalArgumentException if a number is negative, or a sequence has more queries than keys
     */
    public SegmentBounds {
        int count = queryStart.length;
        if (queryLength.length != count
                || keyLength.length != count
                || (keyStart != null && keyStart.length != count)) {
            throw new IllegalArgumentException("segments of different numbers of sequences");
        }
        for (int s = 0; s < count; s++) {
            if (queryStart[s] < 0 || queryLength[s] < 0 || (keyStart != null && keyStart[s] < 0)) {
                throw new IllegalArgumentException("a negative place or length in sequence " + s);
            }
            if (queryLength[s] > keyLength[s]) {
                throw new IllegalArgumentException("more queries than keys in sequence " + s);
            }
        }
    }

    /** Sequences of these lengths, one after another, each attending to itself alone. */
    public static SegmentBounds packed(int... lengths) {
        int[] start = starts(lengths);
        return new SegmentBounds(start, lengths.clone(), start, lengths.clone());
    }

    /** Queries one after another, whose keys lie in blocks. */
    public static SegmentBounds ofQueries(int[] queryLength, int[] keyLength) {
        return new SegmentBounds(starts(queryLength), queryLength, null, keyLength);
    }

    private static int[] starts(int[] lengths) {
        int[] start = new int[lengths.length];
        for (int s = 1; s < lengths.length; s++) {
            start[s] = start[s - 1] + lengths[s - 1];
        }
        return start;
    }

    public int count() {
        return queryStart.length;
    }

    /** In the scope's memory, by one upload. */
    public Segments on(Scope scope) {
        int count = count();
        int[] all = new int[4 * count];
        copy(queryStart, all, 0);
        copy(queryLength, all, count);
        copy(keyLength, all, 2 * count);
        copy(keyStart, all, 3 * count);
        Tensor tensor = scope.ids("segments", all);
        return new Segments(
                vector(tensor, "query starts", 0, count),
                vector(tensor, "query lengths", 1, count),
                vector(tensor, "key lengths", 2, count),
                vector(tensor, "key starts", 3, count),
                null,
                reach(queryStart, queryLength),
                reach(keyStart, keyLength),
                max(queryLength),
                max(keyLength));
    }

    /**
     * In the scope's memory, by one upload, with keys in the blocks of a cache.
     *
     * @param table the blocks of each sequence, {@code width} a row; what lies behind its last key may be anything
     * @param blocks of the cache
     * @throws IllegalArgumentException if the table is too narrow for a sequence or names a block that isn't there
     */
    public Segments on(Scope scope, int[] table, int width, int blocks, int blockTokens) {
        int count = count();
        if (table.length != count * width) {
            throw new IllegalArgumentException("a table of " + table.length + " blocks, not " + count + " x " + width);
        }
        for (int s = 0; s < count; s++) {
            int used = Math.ceilDiv(keyLength[s], blockTokens);
            if (used > width) {
                throw new IllegalArgumentException("no place for " + keyLength[s] + " keys in " + width + " blocks");
            }
            for (int b = 0; b < used; b++) {
                if (table[s * width + b] < 0 || table[s * width + b] >= blocks) {
                    throw new IllegalArgumentException("block " + table[s * width + b] + " of " + blocks);
                }
            }
        }
        int[] all = new int[3 * count + table.length];
        copy(queryStart, all, 0);
        copy(queryLength, all, count);
        copy(keyLength, all, 2 * count);
        copy(table, all, 3 * count);
        Tensor tensor = scope.ids("segments", all);
        return new Segments(
                vector(tensor, "query starts", 0, count),
                vector(tensor, "query lengths", 1, count),
                vector(tensor, "key lengths", 2, count),
                null,
                tensor.window("block table", DType.I32, 3L * count * Integer.BYTES, count, width),
                reach(queryStart, queryLength),
                Math.multiplyExact(blocks, blockTokens),
                max(queryLength),
                Math.multiplyExact(width, blockTokens));
    }

    private static void copy(int[] from, int[] to, int at) {
        System.arraycopy(from, 0, to, at, from.length);
    }

    private static Tensor vector(Tensor all, String name, int index, int count) {
        return all.window(name, DType.I32, (long) index * count * Integer.BYTES, count);
    }

    private static int reach(int[] start, int[] length) {
        int reach = 0;
        for (int s = 0; s < start.length; s++) {
            reach = Math.max(reach, Math.addExact(start[s], length[s]));
        }
        return reach;
    }

    private static int max(int[] lengths) {
        return IntStream.of(lengths).max().orElse(0);
    }
}
