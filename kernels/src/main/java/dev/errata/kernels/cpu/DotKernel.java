package dev.errata.kernels.cpu;

import static dev.errata.kernels.cpu.Lanes.ORDER;
import static dev.errata.kernels.cpu.Memory.ALL;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Dot products of rows: lane l sums over k = l, l + W, … in one FMA chain. Lengths are multiples of the vector width;
 * {@link #tail} adds the rest.
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
}
