package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.Bf16Tile;
import dev.errata.tensor.DType;

/**
 * Keys and values of one segment and head, BF16, as right sides of attention's two products. In a cache a block of keys
 * [D, T] and one of values [T, D] are multiplied as they lie, and so are values in rows; keys in rows are transposed, 32 at a time.
 *
 * <p>A score is one chain over pairs of the head's elements, or over 32 of them at a time. What is mixed of the values is one over pairs of keys, an even and the odd
 * one after it, or over 32 keys at a time, counted from the segment's first. So a query's bits depend on its own keys alone.
 *
 * <p>A worker has one, for one segment after another.
 */
final class Bf16Keys {
    private static final int COLUMNS = Bf16Tile.COLUMNS;

    /** Values in rows that are mixed at a time. */
    private static final int RUN = 256;

    private final Scratch mine;
    private AttentionProducts unit;
    private HeadLayout layout;
    private int segment;
    private int keyHead;
    private int d;

    Bf16Keys(Scratch mine) {
        this.mine = mine;
    }

    /** Makes these the keys of a segment and head. */
    Bf16Keys at(AttentionProducts multiplies, HeadLayout heads, int ofSegment, int ofHead) {
        unit = multiplies.of(heads.headDim);
        layout = heads;
        segment = ofSegment;
        keyHead = ofHead;
        d = heads.headDim;
        return this;
    }

    /** Elements of a row that is written in whole panels. */
    static int padded(int columns) {
        return Math.ceilDiv(columns, COLUMNS) * COLUMNS;
    }

    /**
     * scores [rows][to − from] = rows · keysᵀ; up to a whole panel more columns are written.
     *
     * @param a rows of BF16 [D], {@code stride} bytes apart
     * @param from a multiple of {@link CacheBlocks#TOKENS}
     * @param scores F32, rows {@code scoreStride} bytes apart
     */
    void scores(long a, long stride, int rows, int from, int to, long scores, long scoreStride) {
        for (int key = from; key < to; key += COLUMNS) {
            long c = scores + (key - from) * 4L;
            if (layout.blocks == null) {
                long panel = mine.pairs((long) d / 2 * COLUMNS);
                columns(layout.k, key, panel);
                multiply(a, stride, rows, panel, c, scoreStride);
            } else {
                int tokens = layout.blocks.tokens;
                long b = block(layout.k, key) + key % tokens * 2L;
                unit.multiplyRows(a, stride, rows, b, tokens * 2L, d, COLUMNS, c, scoreStride, false, mine);
            }
        }
    }

    /** c [rows][32] = rows · a panel that {@link #columns} wrote. */
    void multiply(long a, long stride, int rows, long panel, long c, long cStride) {
        unit.multiply(a, stride, rows, panel, d / 2, c, cStride);
    }

    /**
     * A panel [D / 2][32] of pairs of elements of the keys, or values, from one on; 0 beyond the last one.
     *
     * @param base of keys or values that lie in rows
     */
    void columns(long base, int key, long panel) {
        int count = Math.min(COLUMNS, layout.keys(segment) - key);
        float[] words = mine.bPanels(d / 2 * COLUMNS);
        PanelPacking.transposed(
                row(base, key), layout.keyStride(DType.BF16), count, d / 2, COLUMNS, words, 0, mine.between);
        Memory.setFloats(panel, words, 0, d / 2 * COLUMNS);
    }

    /**
     * out [rows][D] = (or +=) p · values; whole panels of columns are written.
     *
     * @param p rows of BF16, {@code stride} bytes apart, the first element for key {@code from}; 0 from key {@code to} on, up to a whole panel
     * @param from a multiple of {@link CacheBlocks#TOKENS}
     */
    void mix(long p, long stride, int rows, int from, int to, long out, long outStride, boolean adds) {
        mix(layout.v, p, stride, rows, from, to, out, outStride, adds);
    }

    /** The same with what lies at a base as values do. */
    void mix(long base, long p, long stride, int rows, int from, int to, long out, long outStride, boolean adds) {
        for (int key = from; key < to; ) {
            int count = Math.min(to, runEnd(key)) - key;
            long values =
                    layout.blocks == null ? row(base, key) : block(base, key) + key % layout.blocks.tokens * (d * 2L);
            long apart = layout.blocks == null ? layout.keyStride(DType.BF16) : d * 2L;
            long some = p + (key - from) * 2L;
            for (int c = 0; c < d; c += COLUMNS) {
                unit.multiplyRows(
                        some,
                        stride,
                        rows,
                        values + c * 2L,
                        apart,
                        count,
                        Math.min(COLUMNS, d - c),
                        out + c * 4L,
                        outStride,
                        adds || key > from,
                        mine);
            }
            key += count;
        }
    }

    private int runEnd(int key) {
        int run = layout.blocks == null ? RUN : layout.blocks.tokens;
        return (key / run + 1) * run;
    }

    private long row(long base, int key) {
        return layout.keyAddress(base, DType.BF16, segment, keyHead) + key * layout.keyStride(DType.BF16);
    }

    /** The head's part of the block that a key is in. */
    private long block(long base, int key) {
        CacheBlocks blocks = layout.blocks;
        return base + blocks.head(layout.block(segment, key / blocks.tokens), keyHead);
    }
}
