package dev.errata.kernels.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * tanh over rows of floats, of operations whose bits are defined: 1 − 2 / (e²ˣ + 1) for the magnitude, and below 0.625,
 * where that cancels, an odd polynomial (Cephes' tanhf). Within 3 ulp; NaN stays NaN.
 */
final class VectorTanh {
    private static final VectorSpecies<Float> S = Lanes.SPECIES;
    private static final int W = Lanes.COUNT;
    private static final float SMALL = 0.625f;

    private VectorTanh() {}

    /**
     * to[i] = tanh(x[i]).
     *
     * @param to not {@code from}; has room up to the next whole vector
     */
    static void apply(long from, int count, long to, Exponentials exponentials) {
        magnitudes(from, count, to);
        exponentials.apply(to, 2, 0, count, to);
        int whole = Lanes.floor(count);
        for (int i = 0; i < whole; i += W) {
            FloatVector x = FloatVector.fromMemorySegment(S, Memory.ALL, from + i * 4L, Lanes.ORDER);
            FloatVector e = FloatVector.fromMemorySegment(S, Memory.ALL, to + i * 4L, Lanes.ORDER);
            FloatVector large = FloatVector.broadcast(S, 1f)
                    .sub(FloatVector.broadcast(S, 2f).div(e.add(1f)));
            FloatVector signed = large.blend(large.neg(), x.lt(0f));
            FloatVector square = x.mul(x);
            FloatVector p = FloatVector.broadcast(S, -0.0057049887f)
                    .fma(square, FloatVector.broadcast(S, 0.020639088f))
                    .fma(square, FloatVector.broadcast(S, -0.053739715f))
                    .fma(square, FloatVector.broadcast(S, 0.13331442f))
                    .fma(square, FloatVector.broadcast(S, -0.3333328f));
            FloatVector small = p.mul(square).fma(x, x);
            signed.blend(small, x.abs().compare(VectorOperators.LT, SMALL))
                    .intoMemorySegment(Memory.ALL, to + i * 4L, Lanes.ORDER);
        }
        for (int i = whole; i < count; i++) {
            float x = Memory.get(from + i * 4L);
            Memory.set(to + i * 4L, one(x, Memory.get(to + i * 4L)));
        }
    }

    private static void magnitudes(long from, int count, long to) {
        int whole = Lanes.floor(count);
        for (int i = 0; i < whole; i += W) {
            FloatVector.fromMemorySegment(S, Memory.ALL, from + i * 4L, Lanes.ORDER)
                    .abs()
                    .intoMemorySegment(Memory.ALL, to + i * 4L, Lanes.ORDER);
        }
        for (int i = whole; i < count; i++) {
            Memory.set(to + i * 4L, Math.abs(Memory.get(from + i * 4L)));
        }
    }

    /** A lane's operations, given e = exp(2·|x|). */
    private static float one(float x, float e) {
        if (Math.abs(x) < SMALL) {
            float square = x * x;
            float p = Math.fma(-0.0057049887f, square, 0.020639088f);
            p = Math.fma(p, square, -0.053739715f);
            p = Math.fma(p, square, 0.13331442f);
            p = Math.fma(p, square, -0.3333328f);
            return Math.fma(p * square, x, x);
        }
        float large = 1 - 2 / (e + 1);
        return x < 0 ? -large : large;
    }
}
