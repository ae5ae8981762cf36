package dev.errata.kernels.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * exp over rows of floats: eˣ = 2ⁿ · eʳ with n = round(x / ln 2), ln 2 in two parts (Cody and Waite 1980) and a polynomial
 * for eʳ. Made of operations whose bits are defined, unlike the Vector API's own EXP. Within 2 ulp; below −87.3 it is 0,
 * above 88.72 infinite.
 */
final class VectorExp {
    private static final VectorSpecies<Float> S = Lanes.SPECIES;
    private static final int W = Lanes.COUNT;

    private static final float LOG2_E = 0x1.715476p0f;
    private static final float LN2_HIGH = 0x1.62e4p-1f;
    private static final float LN2_LOW = 0x1.7f7d1cp-20f;

    /** Adding this rounds to an integer, which then stands in the low bits. */
    private static final float ROUNDER = 0x1.8p23f;

    private static final float LOWEST = -87.3365f;
    private static final float HIGHEST = 0x1.62e42ep6f;

    private VectorExp() {}

    /** to[i] = exp(factor · x[i] + shift); {@code to} may be {@code from} and has room up to the next whole vector. */
    static void apply(long from, float factor, float shift, int count, long to) {
        int whole = Lanes.floor(count);
        vectors(from, factor, shift, whole, to);
        if (whole < count) {
            for (int i = whole; i < count; i++) {
                Memory.set(to + i * 4L, Memory.get(from + i * 4L));
            }
            for (int i = count; i < whole + W; i++) {
                Memory.set(to + i * 4L, 0);
            }
            vectors(to + whole * 4L, factor, shift, W, to + whole * 4L);
        }
    }

    private static void vectors(long from, float factor, float shift, int count, long to) {
        FloatVector scale = FloatVector.broadcast(S, factor);
        FloatVector offset = FloatVector.broadcast(S, shift);
        for (int i = 0; i < count; i += W) {
            FloatVector x = FloatVector.fromMemorySegment(S, Memory.ALL, from + i * 4L, Lanes.ORDER)
                    .fma(scale, offset);
            FloatVector rounded = x.fma(FloatVector.broadcast(S, LOG2_E), FloatVector.broadcast(S, ROUNDER));
            FloatVector n = rounded.sub(ROUNDER);
            FloatVector r = n.fma(FloatVector.broadcast(S, -LN2_LOW), n.fma(FloatVector.broadcast(S, -LN2_HIGH), x));
            FloatVector p = FloatVector.broadcast(S, 0x1.a01a02p-13f)
                    .fma(r, FloatVector.broadcast(S, 0x1.6c16c2p-10f))
                    .fma(r, FloatVector.broadcast(S, 0x1.111112p-7f))
                    .fma(r, FloatVector.broadcast(S, 0x1.555556p-5f))
                    .fma(r, FloatVector.broadcast(S, 0x1.555556p-3f))
                    .fma(r, FloatVector.broadcast(S, 0.5f))
                    .fma(r, FloatVector.broadcast(S, 1f))
                    .fma(r, FloatVector.broadcast(S, 1f));
            IntVector exponent = rounded.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
            FloatVector e = p.reinterpretAsInts().add(exponent).reinterpretAsFloats();
            e.blend(0f, x.lt(LOWEST))
                    .blend(Float.POSITIVE_INFINITY, x.compare(VectorOperators.GT, HIGHEST))
                    .blend(Float.NaN, x.test(VectorOperators.IS_NAN))
                    .intoMemorySegment(Memory.ALL, to + i * 4L, Lanes.ORDER);
        }
    }
}
