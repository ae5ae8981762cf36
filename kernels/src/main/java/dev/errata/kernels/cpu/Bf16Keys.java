package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.Bf16Tile;
import dev.errata.tensor.DType;

/**
 * Keys and values of one segment and head, BF16, as right sides of attention's two products by vdpbf16ps. In a cache a block of keys
 * [D, T] and one of values [T, D] are multiplied as they lie, and so are values in rows; keys in rows are transposed, 32 at a time.
 *
 * <p>A score is one chain over pairs of the head's elements. What is mixed of the values is one over pairs of keys, an even and the odd
 * one after it, counted from the segment's first. So a query's bits depend on its own keys alone.
 *
 * <p>A worker has one, for one segment after another.
 */
final class Bf16Keys {
    private static final int COLUMNS = Bf16Tile.COLUMNS;
    private static final long PANEL_ROW = COLUMNS * 2L;

    /** Values in rows that are mixed at a time. */
    private static final int RUN = 256;

    private final Scratch mine;
    private VectorBf16 unit;
    private HeadLayout layout;
    private int segment;
    private int keyHead;
    private int d;

    Bf16Keys(Scratch mine) {
        this.mine = mine;
    }

    /** Makes these the keys of a segment and head. */
    Bf16Keys at(VectorBf16 multiplies, HeadLayout heads, int ofSegment, int ofHead) {
        unit = multiplies;
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
                unit.multiplyRows(a, stride, rows, b, tokens * 2L, d / 2, c, scoreStride, false);
            }
        }
    }

    /** c [rows][32] = rows · a panel that {@link #columns} wrote. */
    void multiply(long a, long stride, int rows, long panel, long c, long cStride) {
        unit.multiply(a, stride, rows, panel, Bf16Tile.Order.STEPS, d / 2, c, cStride, false);
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
     * @param p rows of BF16, {@code stride} bytes apart, the first element for key {@code from}; 0 for key {@code to} if it is odd
     * @param from even
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
                mixPanel(
                        values + c * 2L,
                        apart,
                        count,
                        Math.min(COLUMNS, d - c),
                        some,
                        stride,
                        rows,
                        out + c * 4L,
                        outStride,
                        adds || key > from);
            }
            key += count;
        }
    }

    /** Up to 32 columns of some values; a copy of those that aren't a whole panel of pairs. */
    private void mixPanel(
            long values,
            long apart,
            int count,
            int columns,
            long p,
            long stride,
            int rows,
            long out,
            long outStride,
            boolean adds) {
        int whole = columns == COLUMNS ? count & -2 : 0;
        if (whole > 0) {
            unit.multiplyRows(p, stride, rows, values, apart, whole / 2, out, outStride, adds);
        }
        if (whole == count) {
            return;
        }
        int rest = count - whole;
        int pairs = Math.ceilDiv(rest, 2);
        long copy = mine.pairs((long) pairs * COLUMNS);
        Memory.zero(copy, 2L * pairs * PANEL_ROW);
        for (int i = 0; i < rest; i++) {
            Memory.copy(values + (whole + i) * apart, copy + i * PANEL_ROW, columns * 2L);
        }
        unit.multiplyRows(p + whole * 2L, stride, rows, copy, PANEL_ROW, pairs, out, outStride, adds || whole > 0);
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
