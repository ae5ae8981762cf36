package dev.errata.kernels.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The innermost loop of a product on CPUs with 16 vector registers: 6 rows by 2 vectors in 12 registers. Written out, since
 * the compiler keeps named locals in registers but not arrays.
 */
final class SixByTwo {
    private static final VectorSpecies<Float> S = Lanes.SPECIES;
    private static final int ROWS = 6;
    private static final int W = Lanes.COUNT;

    private SixByTwo() {}

    /**
     * c [ROWS][2 W] = start + Σ a[k][i] · b[k][j] over k below depth: each element is one FMA chain, k increasing, that goes on from
     * start [ROWS][2 W].
     *
     * @param stride bytes from a row of c to the next
     */
    static void multiply(float[] a, int aAt, float[] b, int bAt, int depth, float[] start, long c, long stride) {
        FloatVector c0 = FloatVector.fromArray(S, start, 0 * W);
        FloatVector d0 = FloatVector.fromArray(S, start, 1 * W);
        FloatVector c1 = FloatVector.fromArray(S, start, 2 * W);
        FloatVector d1 = FloatVector.fromArray(S, start, 3 * W);
        FloatVector c2 = FloatVector.fromArray(S, start, 4 * W);
        FloatVector d2 = FloatVector.fromArray(S, start, 5 * W);
        FloatVector c3 = FloatVector.fromArray(S, start, 6 * W);
        FloatVector d3 = FloatVector.fromArray(S, start, 7 * W);
        FloatVector c4 = FloatVector.fromArray(S, start, 8 * W);
        FloatVector d4 = FloatVector.fromArray(S, start, 9 * W);
        FloatVector c5 = FloatVector.fromArray(S, start, 10 * W);
        FloatVector d5 = FloatVector.fromArray(S, start, 11 * W);
        for (int k = 0; k < depth; k++) {
            FloatVector y = FloatVector.fromArray(S, b, bAt + k * (2 * W));
            FloatVector z = FloatVector.fromArray(S, b, bAt + k * (2 * W) + W);
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
        }
        c0.intoMemorySegment(Memory.ALL, c, Lanes.ORDER);
        d0.intoMemorySegment(Memory.ALL, c + W * 4L, Lanes.ORDER);
        c1.intoMemorySegment(Memory.ALL, c + stride, Lanes.ORDER);
        d1.intoMemorySegment(Memory.ALL, c + stride + W * 4L, Lanes.ORDER);
        c2.intoMemorySegment(Memory.ALL, c + 2 * stride, Lanes.ORDER);
        d2.intoMemorySegment(Memory.ALL, c + 2 * stride + W * 4L, Lanes.ORDER);
        c3.intoMemorySegment(Memory.ALL, c + 3 * stride, Lanes.ORDER);
        d3.intoMemorySegment(Memory.ALL, c + 3 * stride + W * 4L, Lanes.ORDER);
        c4.intoMemorySegment(Memory.ALL, c + 4 * stride, Lanes.ORDER);
        d4.intoMemorySegment(Memory.ALL, c + 4 * stride + W * 4L, Lanes.ORDER);
        c5.intoMemorySegment(Memory.ALL, c + 5 * stride, Lanes.ORDER);
        d5.intoMemorySegment(Memory.ALL, c + 5 * stride + W * 4L, Lanes.ORDER);
    }
}
