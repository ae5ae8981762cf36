package dev.errata.kernels.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** The innermost loop of a product of few rows: 4 rows by 2 vectors, which goes on where it stopped. */
final class FourByTwo {
    static final int ROWS = 4;

    private static final VectorSpecies<Float> S = Lanes.SPECIES;
    private static final int W = Lanes.COUNT;

    private FourByTwo() {}

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
        }
        c0.intoArray(tile, 0 * W);
        d0.intoArray(tile, 1 * W);
        c1.intoArray(tile, 2 * W);
        d1.intoArray(tile, 3 * W);
        c2.intoArray(tile, 4 * W);
        d2.intoArray(tile, 5 * W);
        c3.intoArray(tile, 6 * W);
        d3.intoArray(tile, 7 * W);
    }
}
