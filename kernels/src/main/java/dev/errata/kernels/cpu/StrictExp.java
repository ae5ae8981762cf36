package dev.errata.kernels.cpu;

import static dev.errata.tensor.sampling.TokenDistribution.NEGLIGIBLE;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link StrictMath#exp} of numbers that aren't positive, a vector at a time and with the same bits: the steps are those of
 * fdlibm's e_exp.c (Sun Microsystems 1993), which StrictMath is defined by, each rounded once. x = k · ln 2 + r, a quotient of
 * polynomials for eʳ, and k added to the exponent.
 */
final class StrictExp {
    private static final VectorSpecies<Double> S = Lanes.DOUBLES;
    private static final int W = S.length();
    /** As many floats as a vector has doubles. */
    private static final VectorSpecies<Float> FLOATS =
            VectorSpecies.of(float.class, VectorShape.forBitSize(S.vectorBitSize() / 2));

    private static final double INVERSE_LN2 = 0x1.71547652b82fep0;
    private static final double LN2_HIGH = 0x1.62e42feep-1;
    private static final double LN2_LOW = 0x1.a39ef35793c76p-33;
    private static final double P1 = 0x1.555555555553ep-3;
    private static final double P2 = -0x1.6c16c16bebd93p-9;
    private static final double P3 = 0x1.1566aaf25de2cp-14;
    private static final double P4 = -0x1.bbd41c5d26bf1p-20;
    private static final double P5 = 0x1.6376972bea4d0p-25;

    /** Above this, about −ln 2 / 2, k is 0: fdlibm compares the upper halves of the bits. */
    private static final double UNREDUCED = -Double.longBitsToDouble(0x3fd62e43L << 32);

    /** Above this eˣ is 1 + x. */
    private static final double TINY = -0x1p-28;

    /** Adding this rounds to an integer, which then stands in the low bits. */
    private static final double ROUNDER = 0x1.8p52;

    private StrictExp() {}

    /**
     * to[i] = exp(from[i] − most), 0 where that is less than exp({@link dev.errata.tensor.sampling.TokenDistribution#NEGLIGIBLE}).
     *
     * @param from floats, at most {@code most}, which is finite
     * @param count a multiple of the float lanes
     * @param to doubles
     */
    static void apply(long from, double most, int count, long to) {
        for (int i = 0; i < count; i += W) {
            DoubleVector x = widened(from + i * 4L).sub(most);
            DoubleVector scaled = x.mul(INVERSE_LN2).sub(0.5);
            DoubleVector nearest = scaled.add(ROUNDER).sub(ROUNDER);
            // towards zero, which is up
            DoubleVector k = nearest.add(1, nearest.lt(scaled)).blend(0, x.compare(VectorOperators.GT, UNREDUCED));
            DoubleVector high = x.sub(k.mul(LN2_HIGH));
            DoubleVector low = k.mul(LN2_LOW);
            DoubleVector r = high.sub(low);
            DoubleVector square = r.mul(r);
            DoubleVector c = r.sub(square.mul(P5)
                    .add(P4)
                    .mul(square)
                    .add(P3)
                    .mul(square)
                    .add(P2)
                    .mul(square)
                    .add(P1)
                    .mul(square));
            DoubleVector two = DoubleVector.broadcast(S, 2);
            DoubleVector one = DoubleVector.broadcast(S, 1);
            DoubleVector e = one.sub(low.sub(r.mul(c).div(two.sub(c))).sub(high))
                    .blend(x.add(one), x.compare(VectorOperators.GT, TINY));
            e.reinterpretAsLongs()
                    .add(k.add(ROUNDER).reinterpretAsLongs().lanewise(VectorOperators.LSHL, 52))
                    .reinterpretAsDoubles()
                    .blend(0, x.lt(NEGLIGIBLE))
                    .intoMemorySegment(Memory.ALL, to + i * 8L, Lanes.ORDER);
        }
    }

    private static DoubleVector widened(long from) {
        return (DoubleVector) FloatVector.fromMemorySegment(FLOATS, Memory.ALL, from, Lanes.ORDER)
                .convertShape(VectorOperators.F2D, S, 0);
    }
}
