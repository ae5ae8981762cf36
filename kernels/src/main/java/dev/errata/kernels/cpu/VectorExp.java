package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.RowExp;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * exp over vectors of floats: eˣ = 2ⁿ · eʳ with n = round(x / ln 2), ln 2 in two parts (Cody and Waite 1980) and a polynomial
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

    /** Factors of the powers of r: 1 / n!, rounded. */
    private static final float SEVENTH = 0x1.a01a02p-13f;

    private static final float SIXTH = 0x1.6c16c2p-10f;
    private static final float FIFTH = 0x1.111112p-7f;
    private static final float FOURTH = 0x1.555556p-5f;
    private static final float THIRD = 0x1.555556p-3f;

    private VectorExp() {}

    /** What the steps consist of, for machine code. */
    static RowExp.Constants constants() {
        return new RowExp.Constants(
                LOG2_E, ROUNDER, -LN2_HIGH, -LN2_LOW, LOWEST, HIGHEST, SEVENTH, SIXTH, FIFTH, FOURTH, THIRD, 0.5f, 1f,
                1f);
    }

    /** to[i] = exp(factor · x[i] + shift) in whole vectors; {@code to} may be {@code from}. */
    static void vectors(long from, float factor, float shift, int count, long to) {
        FloatVector scale = FloatVector.broadcast(S, factor);
        FloatVector offset = FloatVector.broadcast(S, shift);
        for (int i = 0; i < count; i += W) {
            FloatVector x = FloatVector.fromMemorySegment(S, Memory.ALL, from + i * 4L, Lanes.ORDER)
                    .fma(scale, offset);
            FloatVector rounded = x.fma(FloatVector.broadcast(S, LOG2_E), FloatVector.broadcast(S, ROUNDER));
            FloatVector n = rounded.sub(ROUNDER);
            FloatVector r = n.fma(FloatVector.broadcast(S, -LN2_LOW), n.fma(FloatVector.broadcast(S, -LN2_HIGH), x));
            FloatVector p = FloatVector.broadcast(S, SEVENTH)
                    .fma(r, FloatVector.broadcast(S, SIXTH))
                    .fma(r, FloatVector.broadcast(S, FIFTH))
                    .fma(r, FloatVector.broadcast(S, FOURTH))
                    .fma(r, FloatVector.broadcast(S, THIRD))
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
