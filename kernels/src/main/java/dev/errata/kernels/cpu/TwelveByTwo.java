package dev.errata.kernels.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The innermost loop of a product on CPUs with 32 vector registers: 12 rows by 2 vectors in 24 registers. Written out, since
 * the compiler keeps named locals in registers but not arrays.
 *
 * <p>On a Zen 5 it runs at 94 to 98 % of the FMA peak at any depth from 128 to 1024. Other forms there: 14 x 2 and 13 x 2 no better,
 * 8 x 3 within 2 %; elements of A read from memory, {@code Memory.get}, 11 to 17 %.
 */
final class TwelveByTwo {
    private static final VectorSpecies<Float> S = Lanes.SPECIES;
    private static final int ROWS = 12;
    private static final int W = Lanes.COUNT;

    private TwelveByTwo() {}

    /**
     * c [ROWS][2 W] = (or +=) a[k][i] · b[k][j] for k below depth: each element is one FMA chain, k increasing, from 0 or from
     * what is there.
     *
     * @param stride bytes from a row of c to the next
     */
    static void multiply(float[] a, int aAt, float[] b, int bAt, int depth, long c, long stride, boolean adds) {
        FloatVector c0 = FloatVector.zero(S);
        FloatVector d0 = FloatVector.zero(S);
        FloatVector c1 = FloatVector.zero(S);
        FloatVector d1 = FloatVector.zero(S);
        FloatVector c2 = FloatVector.zero(S);
        FloatVector d2 = FloatVector.zero(S);
        FloatVector c3 = FloatVector.zero(S);
        FloatVector d3 = FloatVector.zero(S);
        FloatVector c4 = FloatVector.zero(S);
        FloatVector d4 = FloatVector.zero(S);
        FloatVector c5 = FloatVector.zero(S);
        FloatVector d5 = FloatVector.zero(S);
        FloatVector c6 = FloatVector.zero(S);
        FloatVector d6 = FloatVector.zero(S);
        FloatVector c7 = FloatVector.zero(S);
        FloatVector d7 = FloatVector.zero(S);
        FloatVector c8 = FloatVector.zero(S);
        FloatVector d8 = FloatVector.zero(S);
        FloatVector c9 = FloatVector.zero(S);
        FloatVector d9 = FloatVector.zero(S);
        FloatVector c10 = FloatVector.zero(S);
        FloatVector d10 = FloatVector.zero(S);
        FloatVector c11 = FloatVector.zero(S);
        FloatVector d11 = FloatVector.zero(S);
        if (adds) {
            c0 = FloatVector.fromMemorySegment(S, Memory.ALL, c, Lanes.ORDER);
            d0 = FloatVector.fromMemorySegment(S, Memory.ALL, c + W * 4L, Lanes.ORDER);
            c1 = FloatVector.fromMemorySegment(S, Memory.ALL, c + stride, Lanes.ORDER);
            d1 = FloatVector.fromMemorySegment(S, Memory.ALL, c + stride + W * 4L, Lanes.ORDER);
            c2 = FloatVector.fromMemorySegment(S, Memory.ALL, c + 2 * stride, Lanes.ORDER);
            d2 = FloatVector.fromMemorySegment(S, Memory.ALL, c + 2 * stride + W * 4L, Lanes.ORDER);
            c3 = FloatVector.fromMemorySegment(S, Memory.ALL, c + 3 * stride, Lanes.ORDER);
            d3 = FloatVector.fromMemorySegment(S, Memory.ALL, c + 3 * stride + W * 4L, Lanes.ORDER);
            c4 = FloatVector.fromMemorySegment(S, Memory.ALL, c + 4 * stride, Lanes.ORDER);
            d4 = FloatVector.fromMemorySegment(S, Memory.ALL, c + 4 * stride + W * 4L, Lanes.ORDER);
            c5 = FloatVector.fromMemorySegment(S, Memory.ALL, c + 5 * stride, Lanes.ORDER);
            d5 = FloatVector.fromMemorySegment(S, Memory.ALL, c + 5 * stride + W * 4L, Lanes.ORDER);
            c6 = FloatVector.fromMemorySegment(S, Memory.ALL, c + 6 * stride, Lanes.ORDER);
            d6 = FloatVector.fromMemorySegment(S, Memory.ALL, c + 6 * stride + W * 4L, Lanes.ORDER);
            c7 = FloatVector.fromMemorySegment(S, Memory.ALL, c + 7 * stride, Lanes.ORDER);
            d7 = FloatVector.fromMemorySegment(S, Memory.ALL, c + 7 * stride + W * 4L, Lanes.ORDER);
            c8 = FloatVector.fromMemorySegment(S, Memory.ALL, c + 8 * stride, Lanes.ORDER);
            d8 = FloatVector.fromMemorySegment(S, Memory.ALL, c + 8 * stride + W * 4L, Lanes.ORDER);
            c9 = FloatVector.fromMemorySegment(S, Memory.ALL, c + 9 * stride, Lanes.ORDER);
            d9 = FloatVector.fromMemorySegment(S, Memory.ALL, c + 9 * stride + W * 4L, Lanes.ORDER);
            c10 = FloatVector.fromMemorySegment(S, Memory.ALL, c + 10 * stride, Lanes.ORDER);
            d10 = FloatVector.fromMemorySegment(S, Memory.ALL, c + 10 * stride + W * 4L, Lanes.ORDER);
            c11 = FloatVector.fromMemorySegment(S, Memory.ALL, c + 11 * stride, Lanes.ORDER);
            d11 = FloatVector.fromMemorySegment(S, Memory.ALL, c + 11 * stride + W * 4L, Lanes.ORDER);
        }
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
            x = FloatVector.broadcast(S, a[aAt + k * ROWS + 6]);
            c6 = x.fma(y, c6);
            d6 = x.fma(z, d6);
            x = FloatVector.broadcast(S, a[aAt + k * ROWS + 7]);
            c7 = x.fma(y, c7);
            d7 = x.fma(z, d7);
            x = FloatVector.broadcast(S, a[aAt + k * ROWS + 8]);
            c8 = x.fma(y, c8);
            d8 = x.fma(z, d8);
            x = FloatVector.broadcast(S, a[aAt + k * ROWS + 9]);
            c9 = x.fma(y, c9);
            d9 = x.fma(z, d9);
            x = FloatVector.broadcast(S, a[aAt + k * ROWS + 10]);
            c10 = x.fma(y, c10);
            d10 = x.fma(z, d10);
            x = FloatVector.broadcast(S, a[aAt + k * ROWS + 11]);
            c11 = x.fma(y, c11);
            d11 = x.fma(z, d11);
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
        c6.intoMemorySegment(Memory.ALL, c + 6 * stride, Lanes.ORDER);
        d6.intoMemorySegment(Memory.ALL, c + 6 * stride + W * 4L, Lanes.ORDER);
        c7.intoMemorySegment(Memory.ALL, c + 7 * stride, Lanes.ORDER);
        d7.intoMemorySegment(Memory.ALL, c + 7 * stride + W * 4L, Lanes.ORDER);
        c8.intoMemorySegment(Memory.ALL, c + 8 * stride, Lanes.ORDER);
        d8.intoMemorySegment(Memory.ALL, c + 8 * stride + W * 4L, Lanes.ORDER);
        c9.intoMemorySegment(Memory.ALL, c + 9 * stride, Lanes.ORDER);
        d9.intoMemorySegment(Memory.ALL, c + 9 * stride + W * 4L, Lanes.ORDER);
        c10.intoMemorySegment(Memory.ALL, c + 10 * stride, Lanes.ORDER);
        d10.intoMemorySegment(Memory.ALL, c + 10 * stride + W * 4L, Lanes.ORDER);
        c11.intoMemorySegment(Memory.ALL, c + 11 * stride, Lanes.ORDER);
        d11.intoMemorySegment(Memory.ALL, c + 11 * stride + W * 4L, Lanes.ORDER);
    }
}
