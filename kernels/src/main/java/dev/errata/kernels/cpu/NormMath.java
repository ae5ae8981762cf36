package dev.errata.kernels.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** The gradient of root mean square normalization over one row. */
final class NormMath {
    private static final VectorSpecies<Float> S = Lanes.SPECIES;
    private static final int W = Lanes.COUNT;

    private NormMath() {}

    /** dX = (or +=) rstd · (w·dOut − x·pull), with pull = rstd² · mean(w·dOut·x). */
    static void inputGradient(
            long x, long w, long dOut, float rstd, float pull, int count, long dX, boolean accumulate) {
        int whole = Lanes.floor(count);
        FloatVector back = FloatVector.broadcast(S, -pull);
        for (int i = 0; i < whole; i += W) {
            FloatVector push = FloatVector.fromMemorySegment(S, Memory.ALL, w + i * 4L, Lanes.ORDER)
                    .mul(FloatVector.fromMemorySegment(S, Memory.ALL, dOut + i * 4L, Lanes.ORDER));
            FloatVector gradient = FloatVector.fromMemorySegment(S, Memory.ALL, x + i * 4L, Lanes.ORDER)
                    .fma(back, push)
                    .mul(rstd);
            if (accumulate) {
                gradient = gradient.add(FloatVector.fromMemorySegment(S, Memory.ALL, dX + i * 4L, Lanes.ORDER));
            }
            gradient.intoMemorySegment(Memory.ALL, dX + i * 4L, Lanes.ORDER);
        }
        for (int i = whole; i < count; i++) {
            float push = Memory.get(w + i * 4L) * Memory.get(dOut + i * 4L);
            float gradient = Math.fma(Memory.get(x + i * 4L), -pull, push) * rstd;
            Memory.set(dX + i * 4L, accumulate ? gradient + Memory.get(dX + i * 4L) : gradient);
        }
    }

    /** y += a · b · factor, each operation rounded. */
    static void addProduct(long a, long b, float factor, int count, long y) {
        int whole = Lanes.floor(count);
        for (int i = 0; i < whole; i += W) {
            FloatVector.fromMemorySegment(S, Memory.ALL, a + i * 4L, Lanes.ORDER)
                    .mul(FloatVector.fromMemorySegment(S, Memory.ALL, b + i * 4L, Lanes.ORDER))
                    .mul(factor)
                    .add(FloatVector.fromMemorySegment(S, Memory.ALL, y + i * 4L, Lanes.ORDER))
                    .intoMemorySegment(Memory.ALL, y + i * 4L, Lanes.ORDER);
        }
        for (int i = whole; i < count; i++) {
            float product = Memory.get(a + i * 4L) * Memory.get(b + i * 4L) * factor;
            Memory.set(y + i * 4L, Memory.get(y + i * 4L) + product);
        }
    }
}
