package dev.errata.kernels.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** cap · tanh(x / cap) over rows, and its gradient. */
final class SoftCapMath {
    private static final VectorSpecies<Float> S = Lanes.SPECIES;
    private static final int W = Lanes.COUNT;

    private SoftCapMath() {}

    /**
     * @param bf16 rounds the quotient, its tanh and the product
     * @param quotients and {@code tanhs}: scratch for {@code count} floats and room up to the next whole vector
     */
    static void forward(
            long x, float cap, boolean bf16, int count, long quotients, long tanhs, long out, Scratch mine) {
        divide(x, cap, count, quotients);
        if (bf16) {
            mine.rowsOfBf16.round(quotients, count);
        }
        VectorTanh.apply(quotients, count, tanhs, mine.exponentials);
        if (bf16) {
            mine.rowsOfBf16.scale(tanhs, cap, count);
        } else {
            RowMath.scale(tanhs, count, cap);
        }
        Memory.copy(tanhs, out, count * 4L);
    }

    private static void divide(long x, float by, int count, long out) {
        int whole = Lanes.floor(count);
        for (int i = 0; i < whole; i += W) {
            FloatVector.fromMemorySegment(S, Memory.ALL, x + i * 4L, Lanes.ORDER)
                    .div(by)
                    .intoMemorySegment(Memory.ALL, out + i * 4L, Lanes.ORDER);
        }
        for (int i = whole; i < count; i++) {
            Memory.set(out + i * 4L, Memory.get(x + i * 4L) / by);
        }
    }

    /** dX = dOut · (1 − (out / cap)²). */
    static void backward(long out, float cap, long dOut, int count, long dX) {
        int whole = Lanes.floor(count);
        FloatVector one = FloatVector.broadcast(S, 1f);
        for (int i = 0; i < whole; i += W) {
            FloatVector tanh = FloatVector.fromMemorySegment(S, Memory.ALL, out + i * 4L, Lanes.ORDER)
                    .div(cap);
            FloatVector.fromMemorySegment(S, Memory.ALL, dOut + i * 4L, Lanes.ORDER)
                    .mul(one.sub(tanh.mul(tanh)))
                    .intoMemorySegment(Memory.ALL, dX + i * 4L, Lanes.ORDER);
        }
        for (int i = whole; i < count; i++) {
            float tanh = Memory.get(out + i * 4L) / cap;
            Memory.set(dX + i * 4L, Memory.get(dOut + i * 4L) * (1 - tanh * tanh));
        }
    }
}
