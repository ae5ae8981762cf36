package dev.errata.kernels.cpu;

import static dev.errata.kernels.cpu.Lanes.ORDER;
import static dev.errata.kernels.cpu.Memory.ALL;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Dot products of rows with rows, one vector accumulator each, all in the same order whichever method computes them: lane l
 * sums over k = l, l + W, … in one FMA chain. Lengths are multiples of the vector width; {@link #tail} adds the rest.
 */
final class DotKernel {
    private static final VectorSpecies<Float> S = Lanes.SPECIES;
    private static final int W = Lanes.COUNT;

    private DotKernel() {}

    /** Continues a sum over k from {@code from} to {@code to}. */
    static float tail(float sum, long a, long b, int from, int to) {
        float total = sum;
        for (int k = from; k < to; k++) {
            total = Math.fma(Memory.get(a + k * 4L), Memory.get(b + k * 4L), total);
        }
        return total;
    }

    static void oneByOne(long a, long b, int length, float[] lanes, int at) {
        FloatVector c = FloatVector.zero(S);
        for (int k = 0; k < length; k += W) {
            c = FloatVector.fromMemorySegment(S, ALL, a + k * 4L, ORDER)
                    .fma(FloatVector.fromMemorySegment(S, ALL, b + k * 4L, ORDER), c);
        }
        c.intoArray(lanes, at);
    }

    /** lanes [4][W] from {@code at}: row a with rows b, b + stride, ... */
    static void oneByFour(long a, long b, long stride, int length, float[] lanes, int at) {
        FloatVector c0 = FloatVector.zero(S);
        FloatVector c1 = FloatVector.zero(S);
        FloatVector c2 = FloatVector.zero(S);
        FloatVector c3 = FloatVector.zero(S);
        long b1 = b + 1 * stride;
        long b2 = b + 2 * stride;
        long b3 = b + 3 * stride;
        for (int k = 0; k < length; k += W) {
            FloatVector x = FloatVector.fromMemorySegment(S, ALL, a + k * 4L, ORDER);
            c0 = x.fma(FloatVector.fromMemorySegment(S, ALL, b + k * 4L, ORDER), c0);
            c1 = x.fma(FloatVector.fromMemorySegment(S, ALL, b1 + k * 4L, ORDER), c1);
            c2 = x.fma(FloatVector.fromMemorySegment(S, ALL, b2 + k * 4L, ORDER), c2);
            c3 = x.fma(FloatVector.fromMemorySegment(S, ALL, b3 + k * 4L, ORDER), c3);
        }
        c0.intoArray(lanes, at + 0 * W);
        c1.intoArray(lanes, at + 1 * W);
        c2.intoArray(lanes, at + 2 * W);
        c3.intoArray(lanes, at + 3 * W);
    }

    /** lanes [4][4][W]: rows a, a + aStride, ... with rows b, b + bStride, ... */
    static void fourByFour(long a, long aStride, long b, long bStride, int length, float[] lanes) {
        FloatVector c00 = FloatVector.zero(S);
        FloatVector c01 = FloatVector.zero(S);
        FloatVector c02 = FloatVector.zero(S);
        FloatVector c03 = FloatVector.zero(S);
        FloatVector c10 = FloatVector.zero(S);
        FloatVector c11 = FloatVector.zero(S);
        FloatVector c12 = FloatVector.zero(S);
        FloatVector c13 = FloatVector.zero(S);
        FloatVector c20 = FloatVector.zero(S);
        FloatVector c21 = FloatVector.zero(S);
        FloatVector c22 = FloatVector.zero(S);
        FloatVector c23 = FloatVector.zero(S);
        FloatVector c30 = FloatVector.zero(S);
        FloatVector c31 = FloatVector.zero(S);
        FloatVector c32 = FloatVector.zero(S);
        FloatVector c33 = FloatVector.zero(S);
        long a1 = a + 1 * aStride;
        long a2 = a + 2 * aStride;
        long a3 = a + 3 * aStride;
        long b1 = b + 1 * bStride;
        long b2 = b + 2 * bStride;
        long b3 = b + 3 * bStride;
        for (int k = 0; k < length; k += W) {
            FloatVector y0 = FloatVector.fromMemorySegment(S, ALL, b + k * 4L, ORDER);
            FloatVector y1 = FloatVector.fromMemorySegment(S, ALL, b1 + k * 4L, ORDER);
            FloatVector y2 = FloatVector.fromMemorySegment(S, ALL, b2 + k * 4L, ORDER);
            FloatVector y3 = FloatVector.fromMemorySegment(S, ALL, b3 + k * 4L, ORDER);
            FloatVector x = FloatVector.fromMemorySegment(S, ALL, a + k * 4L, ORDER);
            c00 = x.fma(y0, c00);
            c01 = x.fma(y1, c01);
            c02 = x.fma(y2, c02);
            c03 = x.fma(y3, c03);
            x = FloatVector.fromMemorySegment(S, ALL, a1 + k * 4L, ORDER);
            c10 = x.fma(y0, c10);
            c11 = x.fma(y1, c11);
            c12 = x.fma(y2, c12);
            c13 = x.fma(y3, c13);
            x = FloatVector.fromMemorySegment(S, ALL, a2 + k * 4L, ORDER);
            c20 = x.fma(y0, c20);
            c21 = x.fma(y1, c21);
            c22 = x.fma(y2, c22);
            c23 = x.fma(y3, c23);
            x = FloatVector.fromMemorySegment(S, ALL, a3 + k * 4L, ORDER);
            c30 = x.fma(y0, c30);
            c31 = x.fma(y1, c31);
            c32 = x.fma(y2, c32);
            c33 = x.fma(y3, c33);
        }
        c00.intoArray(lanes, 0 * W);
        c01.intoArray(lanes, 1 * W);
        c02.intoArray(lanes, 2 * W);
        c03.intoArray(lanes, 3 * W);
        c10.intoArray(lanes, 4 * W);
        c11.intoArray(lanes, 5 * W);
        c12.intoArray(lanes, 6 * W);
        c13.intoArray(lanes, 7 * W);
        c20.intoArray(lanes, 8 * W);
        c21.intoArray(lanes, 9 * W);
        c22.intoArray(lanes, 10 * W);
        c23.intoArray(lanes, 11 * W);
        c30.intoArray(lanes, 12 * W);
        c31.intoArray(lanes, 13 * W);
        c32.intoArray(lanes, 14 * W);
        c33.intoArray(lanes, 15 * W);
    }
}
