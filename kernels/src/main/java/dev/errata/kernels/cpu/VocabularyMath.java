package dev.errata.kernels.cpu;

import dev.errata.tensor.sampling.ExactSum;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Loops over a row of the vocabulary: scores and keys are floats, exponentials doubles. Rows that are written here have whole
 * vectors; what is behind the last token is −∞ or 0. A probability is an exponential times the row's factor, and what sums of
 * them are is said by {@link ExactSum}, so that their bits are the plain form's.
 */
final class VocabularyMath {
    private static final VectorSpecies<Float> S = Lanes.SPECIES;
    private static final int W = Lanes.COUNT;
    private static final VectorSpecies<Double> DOUBLES = Lanes.DOUBLES;
    private static final int DOUBLE_W = DOUBLES.length();
    private static final VectorSpecies<Float> HALF =
            VectorSpecies.of(float.class, VectorShape.forBitSize(S.vectorBitSize() / 2));

    private VocabularyMath() {}

    /**
     * to[i] = x[i] / divisor, and −∞ up to the next whole vector.
     *
     * @return the largest of to; NaN if one is
     */
    static float divide(long x, int count, float divisor, long to) {
        FloatVector most = FloatVector.broadcast(S, Float.NEGATIVE_INFINITY);
        int whole = Lanes.floor(count);
        for (int i = 0; i < whole; i += W) {
            FloatVector quotient = FloatVector.fromMemorySegment(S, Memory.ALL, x + i * 4L, Lanes.ORDER)
                    .div(divisor);
            quotient.intoMemorySegment(Memory.ALL, to + i * 4L, Lanes.ORDER);
            most = most.max(quotient);
        }
        float largest = most.reduceLanes(VectorOperators.MAX);
        for (int i = whole; i < count; i++) {
            float quotient = Memory.get(x + i * 4L) / divisor;
            Memory.set(to + i * 4L, quotient);
            largest = Math.max(largest, quotient);
        }
        for (int i = count; i < Lanes.ceil(count); i++) {
            Memory.set(to + i * 4L, Float.NEGATIVE_INFINITY);
        }
        return largest;
    }

    /** The largest of x[from] to x[to − 1], −∞ of none; NaN if one is. */
    static float max(long x, int from, int to) {
        FloatVector most = FloatVector.broadcast(S, Float.NEGATIVE_INFINITY);
        int whole = from + Lanes.floor(Math.max(0, to - from));
        for (int i = from; i < whole; i += W) {
            most = most.max(FloatVector.fromMemorySegment(S, Memory.ALL, x + i * 4L, Lanes.ORDER));
        }
        float max = most.reduceLanes(VectorOperators.MAX);
        for (int i = whole; i < to; i++) {
            max = Math.max(max, Memory.get(x + i * 4L));
        }
        return max;
    }

    /** How many of x are at least so large. */
    static int countFrom(long x, int width, float least) {
        int count = 0;
        for (int i = 0; i < width; i += W) {
            count += FloatVector.fromMemorySegment(S, Memory.ALL, x + i * 4L, Lanes.ORDER)
                    .compare(VectorOperators.GE, least)
                    .trueCount();
        }
        return count;
    }

    /** x[i] = −∞ where it is less. */
    static void keepFrom(long x, int width, float least) {
        for (int i = 0; i < width; i += W) {
            FloatVector score = FloatVector.fromMemorySegment(S, Memory.ALL, x + i * 4L, Lanes.ORDER);
            score.blend(Float.NEGATIVE_INFINITY, score.lt(least))
                    .intoMemorySegment(Memory.ALL, x + i * 4L, Lanes.ORDER);
        }
    }

    /** The sum of x[i] that are less, in f32. */
    static float sumBelow(long x, int width, float bound) {
        FloatVector even = FloatVector.zero(S);
        FloatVector odd = FloatVector.zero(S);
        int i = 0;
        for (; i < width - W; i += 2 * W) {
            FloatVector a = FloatVector.fromMemorySegment(S, Memory.ALL, x + i * 4L, Lanes.ORDER);
            FloatVector b = FloatVector.fromMemorySegment(S, Memory.ALL, x + (i + W) * 4L, Lanes.ORDER);
            even = even.add(a, a.lt(bound));
            odd = odd.add(b, b.lt(bound));
        }
        for (; i < width; i += W) {
            FloatVector a = FloatVector.fromMemorySegment(S, Memory.ALL, x + i * 4L, Lanes.ORDER);
            even = even.add(a, a.lt(bound));
        }
        return even.add(odd).reduceLanes(VectorOperators.ADD);
    }

    /** The lanes of x[i] on that are within least ≤ x &lt; bound, as bits. */
    static long within(long x, int i, float least, float bound) {
        FloatVector v = FloatVector.fromMemorySegment(S, Memory.ALL, x + i * 4L, Lanes.ORDER);
        VectorMask<Float> within = v.lt(bound).and(v.compare(VectorOperators.GE, least));
        return within.toLong();
    }

    /** The exact sum of exponentials. */
    static double sum(long e, int width) {
        DoubleVector coarse = DoubleVector.zero(DOUBLES);
        DoubleVector fine = DoubleVector.zero(DOUBLES);
        for (int i = 0; i < width; i += DOUBLE_W) {
            DoubleVector x = DoubleVector.fromMemorySegment(DOUBLES, Memory.ALL, e + i * 8L, Lanes.ORDER);
            DoubleVector rounded = x.add(ExactSum.COARSE).sub(ExactSum.COARSE);
            coarse = coarse.add(rounded);
            fine = fine.add(x.sub(rounded).add(ExactSum.FINE).sub(ExactSum.FINE));
        }
        return coarse.reduceLanes(VectorOperators.ADD) + fine.reduceLanes(VectorOperators.ADD);
    }

    /** keys[i] = the probability of e[i], rounded to f32. */
    static void keys(long e, double factor, int width, long keys) {
        for (int i = 0; i < width; i += DOUBLE_W) {
            ((FloatVector) DoubleVector.fromMemorySegment(DOUBLES, Memory.ALL, e + i * 8L, Lanes.ORDER)
                            .mul(factor)
                            .convertShape(VectorOperators.D2F, HALF, 0))
                    .intoMemorySegment(Memory.ALL, keys + i * 4L, Lanes.ORDER);
        }
    }

    /** e[i] = 0 where the probability is less. */
    static void dropBelow(long e, double factor, int width, double least) {
        for (int i = 0; i < width; i += DOUBLE_W) {
            DoubleVector x = DoubleVector.fromMemorySegment(DOUBLES, Memory.ALL, e + i * 8L, Lanes.ORDER);
            x.blend(0, x.mul(factor).lt(least)).intoMemorySegment(Memory.ALL, e + i * 8L, Lanes.ORDER);
        }
    }

    /** The exact mass of probabilities below a bound. */
    static double massBelow(long e, double factor, int width, double bound) {
        DoubleVector sum = DoubleVector.zero(DOUBLES);
        for (int i = 0; i < width; i += DOUBLE_W) {
            DoubleVector p = DoubleVector.fromMemorySegment(DOUBLES, Memory.ALL, e + i * 8L, Lanes.ORDER)
                    .mul(factor);
            sum = sum.add(p.add(ExactSum.MASS).sub(ExactSum.MASS), p.lt(bound));
        }
        return sum.reduceLanes(VectorOperators.ADD);
    }

    /** The exact mass of the probabilities of e[from] to e[to − 1], whole vectors. */
    static double mass(long e, double factor, int from, int to) {
        DoubleVector sum = DoubleVector.zero(DOUBLES);
        for (int i = from; i < to; i += DOUBLE_W) {
            sum = sum.add(DoubleVector.fromMemorySegment(DOUBLES, Memory.ALL, e + i * 8L, Lanes.ORDER)
                    .mul(factor)
                    .add(ExactSum.MASS)
                    .sub(ExactSum.MASS));
        }
        return sum.reduceLanes(VectorOperators.ADD);
    }
}
