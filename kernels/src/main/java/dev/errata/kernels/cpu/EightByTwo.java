package dev.errata.kernels.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** The innermost loop of a product of 5 to 8 rows on CPUs with 32 vector registers. */
final class EightByTwo {
    static final int ROWS = 8;

    private static final VectorSpecies<Float> S = Lanes.SPECIES;
    private static final int W = Lanes.COUNT;

    private EightByTwo() {}

    /** tile [ROWS][2 W] += a[k][i] · b[k][j] for k below depth, k increasing, in one FMA chain that goes on from what is there. */
    static void multiply(float[] a, int aAt, float[] b, int bAt, int depth, float[] tile) {
        FloatVector c0 = FloatVector.fromArray(S, tile, 0 * W);
        FloatVector d0 = FloatVector.fromArray(S, tile, 1 * W);
        FloatVector c1 = FloatVector.fromArray(S, tile, 2 * W);
        FloatVector d1 = FloatVector.fromArray(S, tile, 3 * W);
        FloatVector c2 = FloatVector.fromArray(S, tile, 4 * W);
        FloatVector d2 = FloatVector.fromArray(S, tile, 5 * W);
        FloatVector c3 = FloatVector.fromArray(S, tile, 6 * W);
        FloatVector d3 = FloatVector.fromArray(S, tile, 7 * W);
        FloatVector c4 = FloatVector.fromArray(S, tile, 8 * W);
        FloatVector d4 = FloatVector.fromArray(S, tile, 9 * W);
        FloatVector c5 = FloatVector.fromArray(S, tile, 10 * W);
        FloatVector d5 = FloatVector.fromArray(S, tile, 11 * W);
        FloatVector c6 = FloatVector.fromArray(S, tile, 12 * W);
        FloatVector d6 = FloatVector.fromArray(S, tile, 13 * W);
        FloatVector c7 = FloatVector.fromArray(S, tile, 14 * W);
        FloatVector d7 = FloatVector.fromArray(S, tile, 15 * W);
        for (int k = 0; k < depth; k++) {
            FloatVector b0 = FloatVector.fromArray(S, b, bAt + k * (2 * W));
            FloatVector b1 = FloatVector.fromArray(S, b, bAt + k * (2 * W) + W);
            FloatVector x;
            x = FloatVector.broadcast(S, a[aAt + k * ROWS + 0]);
            c0 = x.fma(b0, c0);
            d0 = x.fma(b1, d0);
            x = FloatVector.broadcast(S, a[aAt + k * ROWS + 1]);
            c1 = x.fma(b0, c1);
            d1 = x.fma(b1, d1);
            x = FloatVector.broadcast(S, a[aAt + k * ROWS + 2]);
            c2 = x.fma(b0, c2);
            d2 = x.fma(b1, d2);
            x = FloatVector.broadcast(S, a[aAt + k * ROWS + 3]);
            c3 = x.fma(b0, c3);
            d3 = x.fma(b1, d3);
            x = FloatVector.broadcast(S, a[aAt + k * ROWS + 4]);
            c4 = x.fma(b0, c4);
            d4 = x.fma(b1, d4);
            x = FloatVector.broadcast(S, a[aAt + k * ROWS + 5]);
            c5 = x.fma(b0, c5);
            d5 = x.fma(b1, d5);
            x = FloatVector.broadcast(S, a[aAt + k * ROWS + 6]);
            c6 = x.fma(b0, c6);
            d6 = x.fma(b1, d6);
            x = FloatVector.broadcast(S, a[aAt + k * ROWS + 7]);
            c7 = x.fma(b0, c7);
            d7 = x.fma(b1, d7);
        }
        c0.intoArray(tile, 0 * W);
        d0.intoArray(tile, 1 * W);
        c1.intoArray(tile, 2 * W);
        d1.intoArray(tile, 3 * W);
        c2.intoArray(tile, 4 * W);
        d2.intoArray(tile, 5 * W);
        c3.intoArray(tile, 6 * W);
        d3.intoArray(tile, 7 * W);
        c4.intoArray(tile, 8 * W);
        d4.intoArray(tile, 9 * W);
        c5.intoArray(tile, 10 * W);
        d5.intoArray(tile, 11 * W);
        c6.intoArray(tile, 12 * W);
        d6.intoArray(tile, 13 * W);
        c7.intoArray(tile, 14 * W);
        d7.intoArray(tile, 15 * W);
    }
}
