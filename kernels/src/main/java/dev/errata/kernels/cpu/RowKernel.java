package dev.errata.kernels.cpu;

import static dev.errata.kernels.cpu.Lanes.ORDER;
import static dev.errata.kernels.cpu.Memory.ALL;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The innermost loops of single queries: four heads by two vectors, eight FMA chains, which hide the latency of each.
 * Written out, since the compiler keeps named locals in registers but not arrays.
 */
final class RowKernel {
    static final int HEADS = 4;
    static final int COLUMNS = 2 * Lanes.COUNT;

    private static final VectorSpecies<Float> S = Lanes.SPECIES;
    private static final int W = Lanes.COUNT;

    private RowKernel() {}

    /**
     * to[h][j] = sum over c below depth of q[at + c · HEADS + h] · keys[c][j] for j below COLUMNS, an FMA chain from 0, c
     * increasing.
     *
     * @param keys rows {@code keyStride} bytes apart
     * @param to rows {@code toStride} bytes apart
     */
    static void scores(float[] q, int at, long keys, long keyStride, int depth, long to, long toStride) {
        FloatVector a0 = FloatVector.zero(S);
        FloatVector b0 = FloatVector.zero(S);
        FloatVector a1 = FloatVector.zero(S);
        FloatVector b1 = FloatVector.zero(S);
        FloatVector a2 = FloatVector.zero(S);
        FloatVector b2 = FloatVector.zero(S);
        FloatVector a3 = FloatVector.zero(S);
        FloatVector b3 = FloatVector.zero(S);
        for (int c = 0; c < depth; c++) {
            FloatVector a = FloatVector.fromMemorySegment(S, ALL, keys + c * keyStride, ORDER);
            FloatVector b = FloatVector.fromMemorySegment(S, ALL, keys + c * keyStride + W * 4L, ORDER);
            FloatVector x;
            x = FloatVector.broadcast(S, q[at + c * HEADS + 0]);
            a0 = x.fma(a, a0);
            b0 = x.fma(b, b0);
            x = FloatVector.broadcast(S, q[at + c * HEADS + 1]);
            a1 = x.fma(a, a1);
            b1 = x.fma(b, b1);
            x = FloatVector.broadcast(S, q[at + c * HEADS + 2]);
            a2 = x.fma(a, a2);
            b2 = x.fma(b, b2);
            x = FloatVector.broadcast(S, q[at + c * HEADS + 3]);
            a3 = x.fma(a, a3);
            b3 = x.fma(b, b3);
        }
        a0.intoMemorySegment(ALL, to, ORDER);
        b0.intoMemorySegment(ALL, to + W * 4L, ORDER);
        a1.intoMemorySegment(ALL, to + toStride, ORDER);
        b1.intoMemorySegment(ALL, to + toStride + W * 4L, ORDER);
        a2.intoMemorySegment(ALL, to + 2 * toStride, ORDER);
        b2.intoMemorySegment(ALL, to + 2 * toStride + W * 4L, ORDER);
        a3.intoMemorySegment(ALL, to + 3 * toStride, ORDER);
        b3.intoMemorySegment(ALL, to + 3 * toStride + W * 4L, ORDER);
    }

    /**
     * sums[at + h · COLUMNS + c] += sum over j below count of p[h][j] · values[j][c] for c below COLUMNS, continuing an FMA
     * chain, j increasing.
     *
     * @param p rows {@code pStride} bytes apart
     * @param values rows {@code valueStride} bytes apart
     */
    static void mix(long p, long pStride, long values, long valueStride, int count, float[] sums, int at) {
        FloatVector a0 = FloatVector.fromArray(S, sums, at);
        FloatVector b0 = FloatVector.fromArray(S, sums, at + W);
        FloatVector a1 = FloatVector.fromArray(S, sums, at + 2 * W);
        FloatVector b1 = FloatVector.fromArray(S, sums, at + 3 * W);
        FloatVector a2 = FloatVector.fromArray(S, sums, at + 4 * W);
        FloatVector b2 = FloatVector.fromArray(S, sums, at + 5 * W);
        FloatVector a3 = FloatVector.fromArray(S, sums, at + 6 * W);
        FloatVector b3 = FloatVector.fromArray(S, sums, at + 7 * W);
        for (int j = 0; j < count; j++) {
            FloatVector a = FloatVector.fromMemorySegment(S, ALL, values + j * valueStride, ORDER);
            FloatVector b = FloatVector.fromMemorySegment(S, ALL, values + j * valueStride + W * 4L, ORDER);
            FloatVector x;
            x = FloatVector.broadcast(S, Memory.get(p + j * 4L));
            a0 = x.fma(a, a0);
            b0 = x.fma(b, b0);
            x = FloatVector.broadcast(S, Memory.get(p + pStride + j * 4L));
            a1 = x.fma(a, a1);
            b1 = x.fma(b, b1);
            x = FloatVector.broadcast(S, Memory.get(p + 2 * pStride + j * 4L));
            a2 = x.fma(a, a2);
            b2 = x.fma(b, b2);
            x = FloatVector.broadcast(S, Memory.get(p + 3 * pStride + j * 4L));
            a3 = x.fma(a, a3);
            b3 = x.fma(b, b3);
        }
        a0.intoArray(sums, at);
        b0.intoArray(sums, at + W);
        a1.intoArray(sums, at + 2 * W);
        b1.intoArray(sums, at + 3 * W);
        a2.intoArray(sums, at + 4 * W);
        b2.intoArray(sums, at + 5 * W);
        a3.intoArray(sums, at + 6 * W);
        b3.intoArray(sums, at + 7 * W);
    }
}
