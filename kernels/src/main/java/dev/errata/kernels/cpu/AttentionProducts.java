package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.Bf16Tile;
import dev.errata.kernels.machine.Routine;

/**
 * Attention's products of bf16, c [rows][32] = (or +=) A · B: by AMX's tiles where a head's elements fill them, else by vdpbf16ps. Each adds up in
 * an order of its own, so one of them serves all products of a head.
 */
final class AttentionProducts {
    private static final int COLUMNS = Bf16Tile.COLUMNS;
    private static final long ROW_BYTES = COLUMNS * 2L;
    private static final long PAIR_BYTES = 2 * ROW_BYTES;

    private final VectorBf16 vectors;
    private final AttentionProducts withoutTiles;
    private final Bf16Unit tiles;
    private final Routine pairsOfRows;

    AttentionProducts(VectorBf16 vectors) {
        this.vectors = vectors;
        withoutTiles = this;
        tiles = null;
        pairsOfRows = null;
    }

    /**
     * @param pairsOfRows {@link dev.errata.kernels.machine.PanelPairs#ofRows}
     */
    AttentionProducts(VectorBf16 vectors, AmxBf16 tiles, Routine pairsOfRows) {
        this.vectors = vectors;
        withoutTiles = new AttentionProducts(vectors);
        this.tiles = tiles;
        this.pairsOfRows = pairsOfRows;
    }

    /** What multiplies heads of so many elements. */
    AttentionProducts of(int headDim) {
        return tiles == null || headDim % tiles.steps() == 0 ? this : withoutTiles;
    }

    /** c = A · B where B lies in pairs of steps, as many as a head has. */
    void multiply(long a, long stride, int rows, long panel, int pairs, long c, long cStride) {
        Bf16Unit unit = tiles == null ? vectors : tiles;
        unit.multiply(a, stride, rows, panel, Bf16Tile.Order.STEPS, pairs, c, cStride, false);
    }

    /**
     * c = (or +=) A · B with columns of a matrix as it lies. Sums are continued where {@code adds}: in order, if each call but the last has a multiple
     * of 32 steps.
     *
     * @param a rows of BF16, {@code stride} bytes apart, with zeros behind {@code steps} up to a multiple of 32
     * @param b rows of BF16, {@code apart} bytes apart
     * @param columns of B, up to 32; all 32 of c are written
     */
    void multiplyRows(
            long a,
            long stride,
            int rows,
            long b,
            long apart,
            int steps,
            int columns,
            long c,
            long cStride,
            boolean adds,
            Scratch mine) {
        if (tiles == null) {
            byVectors(a, stride, rows, b, apart, steps, columns, c, cStride, adds, mine);
            return;
        }
        int half = tiles.steps() / 2;
        int pairs = Math.ceilDiv(steps, tiles.steps()) * half;
        long panel = mine.pairs((pairs + 1L) * COLUMNS);
        int whole = columns == COLUMNS ? steps / 2 : 0;
        if (whole > 0) {
            pairsOfRows.call(b, panel, whole, apart, 0, 0, 0, 0);
        }
        long copy = panel + pairs * PAIR_BYTES;
        for (int pair = whole; 2 * pair < steps; pair++) {
            copy(b + 2L * pair * apart, apart, Math.min(2, steps - 2 * pair), columns, copy);
            pairsOfRows.call(copy, panel + pair * PAIR_BYTES, 1, ROW_BYTES, 0, 0, 0, 0);
        }
        int written = Math.ceilDiv(steps, 2);
        Memory.zero(panel + written * PAIR_BYTES, (pairs - written) * PAIR_BYTES);
        tiles.multiply(a, stride, rows, panel, Bf16Tile.Order.STEPS, pairs, c, cStride, adds);
    }

    /** Steps that aren't a whole panel of pairs are copied. */
    private void byVectors(
            long a,
            long stride,
            int rows,
            long b,
            long apart,
            int steps,
            int columns,
            long c,
            long cStride,
            boolean adds,
            Scratch mine) {
        int whole = columns == COLUMNS ? steps & -2 : 0;
        if (whole > 0) {
            vectors.multiplyRows(a, stride, rows, b, apart, whole / 2, c, cStride, adds);
        }
        if (whole == steps) {
            return;
        }
        int rest = steps - whole;
        int pairs = Math.ceilDiv(rest, 2);
        long copy = mine.pairs((long) pairs * COLUMNS);
        copy(b + whole * apart, apart, rest, columns, copy);
        vectors.multiplyRows(a + whole * 2L, stride, rows, copy, ROW_BYTES, pairs, c, cStride, adds || whole > 0);
    }

    /** Rows of 32 columns, an even number of them; 0 where there is nothing. */
    private static void copy(long from, long apart, int steps, int columns, long to) {
        Memory.zero(to, Math.ceilDiv(steps, 2) * PAIR_BYTES);
        for (int i = 0; i < steps; i++) {
            Memory.copy(from + i * apart, to + i * ROW_BYTES, columns * 2L);
        }
    }
}
