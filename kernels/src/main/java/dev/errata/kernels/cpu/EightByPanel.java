package dev.errata.kernels.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Products of 5 to 8 rows with dense panels straight from memory, as {@link DirectPanels}, on CPUs with 32 vector registers. */
final class EightByPanel {
    private static final VectorSpecies<Float> S = Lanes.SPECIES;
    private static final VectorSpecies<Integer> I = Lanes.INTS;
    private static final int W = Lanes.COUNT;
    private static final int ROWS = EightByTwo.ROWS;
    private static final int UPPER = 0xFFFF_0000;

    private EightByPanel() {}

    /** tile [ROWS][2 W] from tileAt on goes on with a panel at b of F32. */
    static void floats(float[] a, int aAt, long b, int depth, float[] tile, int tileAt) {
        FloatVector c0 = FloatVector.fromArray(S, tile, tileAt + 0 * W);
        FloatVector d0 = FloatVector.fromArray(S, tile, tileAt + 1 * W);
        FloatVector c1 = FloatVector.fromArray(S, tile, tileAt + 2 * W);
        FloatVector d1 = FloatVector.fromArray(S, tile, tileAt + 3 * W);
        FloatVector c2 = FloatVector.fromArray(S, tile, tileAt + 4 * W);
        FloatVector d2 = FloatVector.fromArray(S, tile, tileAt + 5 * W);
        FloatVector c3 = FloatVector.fromArray(S, tile, tileAt + 6 * W);
        FloatVector d3 = FloatVector.fromArray(S, tile, tileAt + 7 * W);
        FloatVector c4 = FloatVector.fromArray(S, tile, tileAt + 8 * W);
        FloatVector d4 = FloatVector.fromArray(S, tile, tileAt + 9 * W);
        FloatVector c5 = FloatVector.fromArray(S, tile, tileAt + 10 * W);
        FloatVector d5 = FloatVector.fromArray(S, tile, tileAt + 11 * W);
        FloatVector c6 = FloatVector.fromArray(S, tile, tileAt + 12 * W);
        FloatVector d6 = FloatVector.fromArray(S, tile, tileAt + 13 * W);
        FloatVector c7 = FloatVector.fromArray(S, tile, tileAt + 14 * W);
        FloatVector d7 = FloatVector.fromArray(S, tile, tileAt + 15 * W);
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
            x = FloatVector.broadcast(S, a[aAt + k * ROWS + 4]);
            c4 = x.fma(y, c4);
            d4 = x.fma(z, d4);
            x = FloatVector.broadcast(S, a[aAt + k * ROWS + 5]);
            c5 = x.fma(y, c5);
            d5 = x.fma(z, d5);
            x = FloatVector.broadcast(S, a[aAt + k * ROWS + 6]);
            c6 = x.fma(y, c6);
            d6 = x.fma(z, d6);
            x = FloatVector.broadcast(S, a[aAt + k * ROWS + 7]);
            c7 = x.fma(y, c7);
            d7 = x.fma(z, d7);
        }
        c0.intoArray(tile, tileAt + 0 * W);
        d0.intoArray(tile, tileAt + 1 * W);
        c1.intoArray(tile, tileAt + 2 * W);
        d1.intoArray(tile, tileAt + 3 * W);
        c2.intoArray(tile, tileAt + 4 * W);
        d2.intoArray(tile, tileAt + 5 * W);
        c3.intoArray(tile, tileAt + 6 * W);
        d3.intoArray(tile, tileAt + 7 * W);
        c4.intoArray(tile, tileAt + 8 * W);
        d4.intoArray(tile, tileAt + 9 * W);
        c5.intoArray(tile, tileAt + 10 * W);
        d5.intoArray(tile, tileAt + 11 * W);
        c6.intoArray(tile, tileAt + 12 * W);
        d6.intoArray(tile, tileAt + 13 * W);
        c7.intoArray(tile, tileAt + 14 * W);
        d7.intoArray(tile, tileAt + 15 * W);
    }

    /** tile [ROWS][2 W] from tileAt on goes on with a panel at b of BF16. */
    static void halves(float[] a, int aAt, long b, int depth, float[] tile, int tileAt) {
        FloatVector c0 = FloatVector.fromArray(S, tile, tileAt + 0 * W);
        FloatVector d0 = FloatVector.fromArray(S, tile, tileAt + 1 * W);
        FloatVector c1 = FloatVector.fromArray(S, tile, tileAt + 2 * W);
        FloatVector d1 = FloatVector.fromArray(S, tile, tileAt + 3 * W);
        FloatVector c2 = FloatVector.fromArray(S, tile, tileAt + 4 * W);
        FloatVector d2 = FloatVector.fromArray(S, tile, tileAt + 5 * W);
        FloatVector c3 = FloatVector.fromArray(S, tile, tileAt + 6 * W);
        FloatVector d3 = FloatVector.fromArray(S, tile, tileAt + 7 * W);
        FloatVector c4 = FloatVector.fromArray(S, tile, tileAt + 8 * W);
        FloatVector d4 = FloatVector.fromArray(S, tile, tileAt + 9 * W);
        FloatVector c5 = FloatVector.fromArray(S, tile, tileAt + 10 * W);
        FloatVector d5 = FloatVector.fromArray(S, tile, tileAt + 11 * W);
        FloatVector c6 = FloatVector.fromArray(S, tile, tileAt + 12 * W);
        FloatVector d6 = FloatVector.fromArray(S, tile, tileAt + 13 * W);
        FloatVector c7 = FloatVector.fromArray(S, tile, tileAt + 14 * W);
        FloatVector d7 = FloatVector.fromArray(S, tile, tileAt + 15 * W);
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
            x = FloatVector.broadcast(S, a[aAt + k * ROWS + 4]);
            c4 = x.fma(y, c4);
            d4 = x.fma(z, d4);
            x = FloatVector.broadcast(S, a[aAt + k * ROWS + 5]);
            c5 = x.fma(y, c5);
            d5 = x.fma(z, d5);
            x = FloatVector.broadcast(S, a[aAt + k * ROWS + 6]);
            c6 = x.fma(y, c6);
            d6 = x.fma(z, d6);
            x = FloatVector.broadcast(S, a[aAt + k * ROWS + 7]);
            c7 = x.fma(y, c7);
            d7 = x.fma(z, d7);
        }
        c0.intoArray(tile, tileAt + 0 * W);
        d0.intoArray(tile, tileAt + 1 * W);
        c1.intoArray(tile, tileAt + 2 * W);
        d1.intoArray(tile, tileAt + 3 * W);
        c2.intoArray(tile, tileAt + 4 * W);
        d2.intoArray(tile, tileAt + 5 * W);
        c3.intoArray(tile, tileAt + 6 * W);
        d3.intoArray(tile, tileAt + 7 * W);
        c4.intoArray(tile, tileAt + 8 * W);
        d4.intoArray(tile, tileAt + 9 * W);
        c5.intoArray(tile, tileAt + 10 * W);
        d5.intoArray(tile, tileAt + 11 * W);
        c6.intoArray(tile, tileAt + 12 * W);
        d6.intoArray(tile, tileAt + 13 * W);
        c7.intoArray(tile, tileAt + 14 * W);
        d7.intoArray(tile, tileAt + 15 * W);
    }
}
