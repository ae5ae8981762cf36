package dev.errata.kernels.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** The innermost loop of a product of one row: two panels at a time, as four chains hide each other's latency. */
final class OneByFour {
    private static final VectorSpecies<Float> S = Lanes.SPECIES;
    private static final int W = Lanes.COUNT;

    private OneByFour() {}

    /**
     * tile [2][2 W] += a[k] · b[k][j] and a[k] · e[k][j] for k below depth, k increasing, in one FMA chain each that goes on
     * from what is there; e is at eAt in b.
     */
    static void multiply(float[] a, int aAt, float[] b, int bAt, int eAt, int depth, float[] tile) {
        FloatVector c0 = FloatVector.fromArray(S, tile, 0);
        FloatVector c1 = FloatVector.fromArray(S, tile, W);
        FloatVector c2 = FloatVector.fromArray(S, tile, 2 * W);
        FloatVector c3 = FloatVector.fromArray(S, tile, 3 * W);
        for (int k = 0; k < depth; k++) {
            FloatVector x = FloatVector.broadcast(S, a[aAt + k]);
            c0 = x.fma(FloatVector.fromArray(S, b, bAt + k * (2 * W)), c0);
            c1 = x.fma(FloatVector.fromArray(S, b, bAt + k * (2 * W) + W), c1);
            c2 = x.fma(FloatVector.fromArray(S, b, eAt + k * (2 * W)), c2);
            c3 = x.fma(FloatVector.fromArray(S, b, eAt + k * (2 * W) + W), c3);
        }
        c0.intoArray(tile, 0);
        c1.intoArray(tile, W);
        c2.intoArray(tile, 2 * W);
        c3.intoArray(tile, 3 * W);
    }
}
