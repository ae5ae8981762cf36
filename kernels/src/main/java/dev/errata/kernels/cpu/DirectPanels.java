package dev.errata.kernels.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of few rows with dense panels straight from memory, as the time of reading them is all that counts: what {@link
 * OneByFour} and {@link FourByTwo} do, in the same chains.
 */
final class DirectPanels {
    private static final VectorSpecies<Float> S = Lanes.SPECIES;
    private static final VectorSpecies<Integer> I = Lanes.INTS;
    private static final int W = Lanes.COUNT;
    private static final int ROWS = FourByTwo.ROWS;
    private static final int UPPER = 0xFFFF_0000;

    /** Rows that there is an innermost loop for. */
    static final int MOST_ROWS = Tile.ROWS == 12 ? EightByTwo.ROWS : FourByTwo.ROWS;

    private DirectPanels() {}

    /** One row by two panels at b and e, of F32 or BF16. */
    static void one(boolean floats, float[] a, int aAt, long b, long e, int depth, float[] tile) {
        if (floats) {
            oneByFloats(a, aAt, b, e, depth, tile);
        } else {
            oneByHalves(a, aAt, b, e, depth, tile);
        }
    }

    /** Four or eight rows by a panel at b, of F32 or BF16. */
    static void some(boolean floats, float[] a, int aAt, int rows, long b, int depth, float[] tile, int tileAt) {
        if (rows == FourByTwo.ROWS) {
            if (floats) {
                fourByFloats(a, aAt, b, depth, tile, tileAt);
            } else {
                fourByHalves(a, aAt, b, depth, tile, tileAt);
            }
        } else if (floats) {
            EightByPanel.floats(a, aAt, b, depth, tile, tileAt);
        } else {
            EightByPanel.halves(a, aAt, b, depth, tile, tileAt);
        }
    }

    /** One row by two panels at b and e of F32. */
    private static void oneByFloats(float[] a, int aAt, long b, long e, int depth, float[] tile) {
        FloatVector c0 = FloatVector.fromArray(S, tile, 0);
        FloatVector c1 = FloatVector.fromArray(S, tile, W);
        FloatVector c2 = FloatVector.fromArray(S, tile, 2 * W);
        FloatVector c3 = FloatVector.fromArray(S, tile, 3 * W);
        for (int k = 0; k < depth; k++) {
            FloatVector x = FloatVector.broadcast(S, a[aAt + k]);
            c0 = x.fma(FloatVector.fromMemorySegment(S, Memory.ALL, b + k * (W * 8L), Lanes.ORDER), c0);
            c1 = x.fma(FloatVector.fromMemorySegment(S, Memory.ALL, b + k * (W * 8L) + W * 4L, Lanes.ORDER), c1);
            c2 = x.fma(FloatVector.fromMemorySegment(S, Memory.ALL, e + k * (W * 8L), Lanes.ORDER), c2);
            c3 = x.fma(FloatVector.fromMemorySegment(S, Memory.ALL, e + k * (W * 8L) + W * 4L, Lanes.ORDER), c3);
        }
        c0.intoArray(tile, 0);
        c1.intoArray(tile, W);
        c2.intoArray(tile, 2 * W);
        c3.intoArray(tile, 3 * W);
    }

    /**
     * One row by two panels at b and e of BF16. Four lines of the one, then four of the other: where they took turns line by line, a Zen 5
     * gave 5 % less on two cores and a quarter less on one. Panels that lie beside each other line by line gave 3 % more still,
     * but made products of many rows, which read every second line then, 5 % slower.
     */
    private static void oneByHalves(float[] a, int aAt, long b, long e, int depth, float[] tile) {
        FloatVector c0 = FloatVector.fromArray(S, tile, 0);
        FloatVector c1 = FloatVector.fromArray(S, tile, W);
        FloatVector c2 = FloatVector.fromArray(S, tile, 2 * W);
        FloatVector c3 = FloatVector.fromArray(S, tile, 3 * W);
        FloatVector x;
        IntVector y;
        int k = 0;
        for (; k < depth - 3; k += 4) {
            x = FloatVector.broadcast(S, a[aAt + k]);
            y = IntVector.fromMemorySegment(I, Memory.ALL, b + k * (W * 4L), Lanes.ORDER);
            c0 = x.fma(y.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), c0);
            c1 = x.fma(y.and(UPPER).reinterpretAsFloats(), c1);
            x = FloatVector.broadcast(S, a[aAt + k + 1]);
            y = IntVector.fromMemorySegment(I, Memory.ALL, b + (k + 1) * (W * 4L), Lanes.ORDER);
            c0 = x.fma(y.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), c0);
            c1 = x.fma(y.and(UPPER).reinterpretAsFloats(), c1);
            x = FloatVector.broadcast(S, a[aAt + k + 2]);
            y = IntVector.fromMemorySegment(I, Memory.ALL, b + (k + 2) * (W * 4L), Lanes.ORDER);
            c0 = x.fma(y.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), c0);
            c1 = x.fma(y.and(UPPER).reinterpretAsFloats(), c1);
            x = FloatVector.broadcast(S, a[aAt + k + 3]);
            y = IntVector.fromMemorySegment(I, Memory.ALL, b + (k + 3) * (W * 4L), Lanes.ORDER);
            c0 = x.fma(y.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), c0);
            c1 = x.fma(y.and(UPPER).reinterpretAsFloats(), c1);
            x = FloatVector.broadcast(S, a[aAt + k]);
            y = IntVector.fromMemorySegment(I, Memory.ALL, e + k * (W * 4L), Lanes.ORDER);
            c2 = x.fma(y.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), c2);
            c3 = x.fma(y.and(UPPER).reinterpretAsFloats(), c3);
            x = FloatVector.broadcast(S, a[aAt + k + 1]);
            y = IntVector.fromMemorySegment(I, Memory.ALL, e + (k + 1) * (W * 4L), Lanes.ORDER);
            c2 = x.fma(y.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), c2);
            c3 = x.fma(y.and(UPPER).reinterpretAsFloats(), c3);
            x = FloatVector.broadcast(S, a[aAt + k + 2]);
            y = IntVector.fromMemorySegment(I, Memory.ALL, e + (k + 2) * (W * 4L), Lanes.ORDER);
            c2 = x.fma(y.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), c2);
            c3 = x.fma(y.and(UPPER).reinterpretAsFloats(), c3);
            x = FloatVector.broadcast(S, a[aAt + k + 3]);
            y = IntVector.fromMemorySegment(I, Memory.ALL, e + (k + 3) * (W * 4L), Lanes.ORDER);
            c2 = x.fma(y.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), c2);
            c3 = x.fma(y.and(UPPER).reinterpretAsFloats(), c3);
        }
        for (; k < depth; k++) {
            x = FloatVector.broadcast(S, a[aAt + k]);
            y = IntVector.fromMemorySegment(I, Memory.ALL, b + k * (W * 4L), Lanes.ORDER);
            c0 = x.fma(y.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), c0);
            c1 = x.fma(y.and(UPPER).reinterpretAsFloats(), c1);
            y = IntVector.fromMemorySegment(I, Memory.ALL, e + k * (W * 4L), Lanes.ORDER);
            c2 = x.fma(y.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), c2);
            c3 = x.fma(y.and(UPPER).reinterpretAsFloats(), c3);
        }
        c0.intoArray(tile, 0);
        c1.intoArray(tile, W);
        c2.intoArray(tile, 2 * W);
        c3.intoArray(tile, 3 * W);
    }

    /** Four rows by a panel at b of F32. */
    private static void fourByFloats(float[] a, int aAt, long b, int depth, float[] tile, int tileAt) {
        FloatVector c0 = FloatVector.fromArray(S, tile, tileAt + 0 * W);
        FloatVector d0 = FloatVector.fromArray(S, tile, tileAt + 1 * W);
        FloatVector c1 = FloatVector.fromArray(S, tile, tileAt + 2 * W);
        FloatVector d1 = FloatVector.fromArray(S, tile, tileAt + 3 * W);
        FloatVector c2 = FloatVector.fromArray(S, tile, tileAt + 4 * W);
        FloatVector d2 = FloatVector.fromArray(S, tile, tileAt + 5 * W);
        FloatVector c3 = FloatVector.fromArray(S, tile, tileAt + 6 * W);
        FloatVector d3 = FloatVector.fromArray(S, tile, tileAt + 7 * W);
        for (int k = 0; k < depth; k++) {
            FloatVector y = FloatVector.fromMemorySegment(S, Memory.ALL, b + k * (W * 8L), Lanes.ORDER);
            FloatVector z = FloatVector.fromMemorySegment(S, Memory.ALL, b + k * (W * 8L) + W * 4L, Lanes.ORDER);
            FloatVector x;
            x = FloatVector.broadcast(S, a[aAt + k * ROWS + 0]);
            c0 = x.fma(y, c0);
            d0 = x.fma(z, d0);
            x = FloatVector.broadcast(S, a[aAt + k * ROWS + 1]);
            c1 = x.fma(y, c1);
            d1 = x.fma(z, d1);
            x = FloatVector.broadcast(S, a[aAt + k * ROWS + 2]);
            c2 = x.fma(y, c2);
            d2 = x.fma(z, d2);
            x = FloatVector.broadcast(S, a[aAt + k * ROWS + 3]);
            c3 = x.fma(y, c3);
            d3 = x.fma(z, d3);
        }
        c0.intoArray(tile, tileAt + 0 * W);
        d0.intoArray(tile, tileAt + 1 * W);
        c1.intoArray(tile, tileAt + 2 * W);
        d1.intoArray(tile, tileAt + 3 * W);
        c2.intoArray(tile, tileAt + 4 * W);
        d2.intoArray(tile, tileAt + 5 * W);
        c3.intoArray(tile, tileAt + 6 * W);
        d3.intoArray(tile, tileAt + 7 * W);
    }

    /** Four rows by a panel at b of BF16. */
    private static void fourByHalves(float[] a, int aAt, long b, int depth, float[] tile, int tileAt) {
        FloatVector c0 = FloatVector.fromArray(S, tile, tileAt + 0 * W);
        FloatVector d0 = FloatVector.fromArray(S, tile, tileAt + 1 * W);
        FloatVector c1 = FloatVector.fromArray(S, tile, tileAt + 2 * W);
        FloatVector d1 = FloatVector.fromArray(S, tile, tileAt + 3 * W);
        FloatVector c2 = FloatVector.fromArray(S, tile, tileAt + 4 * W);
        FloatVector d2 = FloatVector.fromArray(S, tile, tileAt + 5 * W);
        FloatVector c3 = FloatVector.fromArray(S, tile, tileAt + 6 * W);
        FloatVector d3 = FloatVector.fromArray(S, tile, tileAt + 7 * W);
        for (int k = 0; k < depth; k++) {
            IntVector pairs = IntVector.fromMemorySegment(I, Memory.ALL, b + k * (W * 4L), Lanes.ORDER);
            FloatVector y = pairs.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
            FloatVector z = pairs.and(UPPER).reinterpretAsFloats();
            FloatVector x;
            x = FloatVector.broadcast(S, a[aAt + k * ROWS + 0]);
            c0 = x.fma(y, c0);
            d0 = x.fma(z, d0);
            x = FloatVector.broadcast(S, a[aAt + k * ROWS + 1]);
            c1 = x.fma(y, c1);
            d1 = x.fma(z, d1);
            x = FloatVector.broadcast(S, a[aAt + k * ROWS + 2]);
            c2 = x.fma(y, c2);
            d2 = x.fma(z, d2);
            x = FloatVector.broadcast(S, a[aAt + k * ROWS + 3]);
            c3 = x.fma(y, c3);
            d3 = x.fma(z, d3);
        }
        c0.intoArray(tile, tileAt + 0 * W);
        d0.intoArray(tile, tileAt + 1 * W);
        c1.intoArray(tile, tileAt + 2 * W);
        d1.intoArray(tile, tileAt + 3 * W);
        c2.intoArray(tile, tileAt + 4 * W);
        d2.intoArray(tile, tileAt + 5 * W);
        c3.intoArray(tile, tileAt + 6 * W);
        d3.intoArray(tile, tileAt + 7 * W);
    }
}
