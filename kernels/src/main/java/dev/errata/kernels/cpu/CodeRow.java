package dev.errata.kernels.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of one row with the codes of one panel, as they lie in a {@link Plane}: sums[o] goes on with a[k] · element
 * [k][o], one FMA chain of increasing k for each output o, where an element has the bits that {@link CodeMath} gives it.
 *
 * <p>Elements never leave the registers: widening a panel first and reading it again took 2.6 times as long on a Zen 5 core.
 * A panel at a time, since its codes are one stream from memory; two streams a few KiB apart halve what its prefetchers reach.
 * Two chains bound a core to 32 elements in the 4 cycles of an FMA, which is more than two cores get from memory.
 */
final class CodeRow {
    private static final VectorSpecies<Float> F = Lanes.SPECIES;
    private static final VectorSpecies<Integer> I = Lanes.INTS;
    private static final int W = Lanes.COUNT;

    private CodeRow() {}

    /** Signed codes of 8 bits. */
    static void bytes(float[] a, int aAt, long words, int runs, int steps, float[] scales, int scaleAt, float[] sums) {
        FloatVector c0 = FloatVector.fromArray(F, sums, 0);
        FloatVector c1 = FloatVector.fromArray(F, sums, W);
        for (int r = 0; r < runs; r++) {
            FloatVector s0 = FloatVector.fromArray(F, scales, scaleAt + r * (2 * W));
            FloatVector s1 = FloatVector.fromArray(F, scales, scaleAt + r * (2 * W) + W);
            long from = words + (long) r * steps * (2 * W);
            int x = aAt + r * steps;
            for (int k = 0; k < steps; k += 2) {
                IntVector w = IntVector.fromMemorySegment(I, Memory.ALL, from + k * (2L * W), Lanes.ORDER);
                FloatVector y = FloatVector.broadcast(F, a[x + k]);
                c0 = y.fma(signed(w.lanewise(VectorOperators.LSHL, 24)).mul(s0), c0);
                c1 = y.fma(signed(w.lanewise(VectorOperators.LSHL, 16)).mul(s1), c1);
                y = FloatVector.broadcast(F, a[x + k + 1]);
                c0 = y.fma(signed(w.lanewise(VectorOperators.LSHL, 8)).mul(s0), c0);
                c1 = y.fma(signed(w).mul(s1), c1);
            }
        }
        c0.intoArray(sums, 0);
        c1.intoArray(sums, W);
    }

    /** The uppermost byte of each lane. */
    private static FloatVector signed(IntVector w) {
        return (FloatVector) w.lanewise(VectorOperators.ASHR, 24).convert(VectorOperators.I2F, 0);
    }

    /** Codes of 4 bits that a table of 16 widens, on CPUs whose vectors hold it. */
    static void table(
            float[] table,
            float[] a,
            int aAt,
            long words,
            int runs,
            int steps,
            float[] scales,
            int scaleAt,
            float[] sums) {
        IntVector t = FloatVector.fromArray(F, table, 0).reinterpretAsInts();
        FloatVector c0 = FloatVector.fromArray(F, sums, 0);
        FloatVector c1 = FloatVector.fromArray(F, sums, W);
        for (int r = 0; r < runs; r++) {
            FloatVector s0 = FloatVector.fromArray(F, scales, scaleAt + r * (2 * W));
            FloatVector s1 = FloatVector.fromArray(F, scales, scaleAt + r * (2 * W) + W);
            long from = words + (long) r * steps * W;
            int x = aAt + r * steps;
            for (int k = 0; k < steps; k += 4) {
                IntVector w = IntVector.fromMemorySegment(I, Memory.ALL, from + k * (long) W, Lanes.ORDER);
                FloatVector y = FloatVector.broadcast(F, a[x + k]);
                c0 = y.fma(value(w, 0, t).mul(s0), c0);
                c1 = y.fma(value(w, 4, t).mul(s1), c1);
                y = FloatVector.broadcast(F, a[x + k + 1]);
                c0 = y.fma(value(w, 8, t).mul(s0), c0);
                c1 = y.fma(value(w, 12, t).mul(s1), c1);
                y = FloatVector.broadcast(F, a[x + k + 2]);
                c0 = y.fma(value(w, 16, t).mul(s0), c0);
                c1 = y.fma(value(w, 20, t).mul(s1), c1);
                y = FloatVector.broadcast(F, a[x + k + 3]);
                c0 = y.fma(value(w, 24, t).mul(s0), c0);
                c1 = y.fma(value(w, 28, t).mul(s1), c1);
            }
        }
        c0.intoArray(sums, 0);
        c1.intoArray(sums, W);
    }

    /** What the table has for the four bits from {@code shift} on: an index is taken modulo 16. */
    private static FloatVector value(IntVector w, int shift, IntVector table) {
        return w.lanewise(VectorOperators.LSHR, shift).selectFrom(table).reinterpretAsFloats();
    }

    /**
     * The same, and a minimum that each run adds.
     *
     * @param minAt where in scales the minima are
     */
    static void tableWithMinimum(
            float[] table,
            float[] a,
            int aAt,
            long words,
            int runs,
            int steps,
            float[] scales,
            int scaleAt,
            int minAt,
            float[] sums) {
        IntVector t = FloatVector.fromArray(F, table, 0).reinterpretAsInts();
        FloatVector c0 = FloatVector.fromArray(F, sums, 0);
        FloatVector c1 = FloatVector.fromArray(F, sums, W);
        for (int r = 0; r < runs; r++) {
            FloatVector s0 = FloatVector.fromArray(F, scales, scaleAt + r * (2 * W));
            FloatVector s1 = FloatVector.fromArray(F, scales, scaleAt + r * (2 * W) + W);
            FloatVector m0 = FloatVector.fromArray(F, scales, minAt + r * (2 * W));
            FloatVector m1 = FloatVector.fromArray(F, scales, minAt + r * (2 * W) + W);
            long from = words + (long) r * steps * W;
            int x = aAt + r * steps;
            for (int k = 0; k < steps; k += 4) {
                IntVector w = IntVector.fromMemorySegment(I, Memory.ALL, from + k * (long) W, Lanes.ORDER);
                FloatVector y = FloatVector.broadcast(F, a[x + k]);
                c0 = y.fma(w.selectFrom(t).reinterpretAsFloats().mul(s0).add(m0), c0);
                c1 = y.fma(w.lanewise(VectorOperators.LSHR, 4).selectFrom(t).reinterpretAsFloats().mul(s1).add(m1), c1);
                y = FloatVector.broadcast(F, a[x + k + 1]);
                c0 = y.fma(w.lanewise(VectorOperators.LSHR, 8).selectFrom(t).reinterpretAsFloats().mul(s0).add(m0), c0);
                c1 = y.fma(w.lanewise(VectorOperators.LSHR, 12).selectFrom(t).reinterpretAsFloats().mul(s1).add(m1), c1);
                y = FloatVector.broadcast(F, a[x + k + 2]);
                c0 = y.fma(w.lanewise(VectorOperators.LSHR, 16).selectFrom(t).reinterpretAsFloats().mul(s0).add(m0), c0);
                c1 = y.fma(w.lanewise(VectorOperators.LSHR, 20).selectFrom(t).reinterpretAsFloats().mul(s1).add(m1), c1);
                y = FloatVector.broadcast(F, a[x + k + 3]);
                c0 = y.fma(w.lanewise(VectorOperators.LSHR, 24).selectFrom(t).reinterpretAsFloats().mul(s0).add(m0), c0);
                c1 = y.fma(w.lanewise(VectorOperators.LSHR, 28).selectFrom(t).reinterpretAsFloats().mul(s1).add(m1), c1);
            }
        }
        c0.intoArray(sums, 0);
        c1.intoArray(sums, W);
    }

    /**
     * Codes whose lower and upper bits lie apart, as in {@link CodeMath#split}.
     *
     * @param minAt where in scales the minima are, or −1
     */
    static void split(
            float[] a,
            int aAt,
            long low,
            int lowBits,
            long high,
            int highBits,
            int offset,
            int runs,
            int steps,
            float[] scales,
            int scaleAt,
            int minAt,
            float[] sums) {
        FloatVector c0 = FloatVector.fromArray(F, sums, 0);
        FloatVector c1 = FloatVector.fromArray(F, sums, W);
        int lowMask = (1 << lowBits) - 1;
        int highMask = (1 << highBits) - 1;
        int perLow = 16 / lowBits;
        int perHigh = highBits == 0 ? Integer.MAX_VALUE : 16 / highBits;
        IntVector h = IntVector.zero(I);
        for (int r = 0; r < runs; r++) {
            FloatVector s0 = FloatVector.fromArray(F, scales, scaleAt + r * (2 * W));
            FloatVector s1 = FloatVector.fromArray(F, scales, scaleAt + r * (2 * W) + W);
            int m = Math.max(minAt, 0) + r * (2 * W);
            FloatVector m0 = FloatVector.fromArray(F, scales, m);
            FloatVector m1 = FloatVector.fromArray(F, scales, m + W);
            for (int k = r * steps; k < (r + 1) * steps; k += perLow) {
                IntVector w = IntVector.fromMemorySegment(I, Memory.ALL, low + k / perLow * (W * 4L), Lanes.ORDER);
                if (highBits != 0 && k % perHigh == 0) {
                    h = IntVector.fromMemorySegment(I, Memory.ALL, high + k / perHigh * (W * 4L), Lanes.ORDER);
                }
                for (int i = 0; i < perLow; i++) {
                    IntVector p = w.and(lowMask).or(h.and(highMask).lanewise(VectorOperators.LSHL, lowBits));
                    w = w.lanewise(VectorOperators.LSHR, lowBits);
                    h = h.lanewise(VectorOperators.LSHR, highBits);
                    IntVector q = w.and(lowMask).or(h.and(highMask).lanewise(VectorOperators.LSHL, lowBits));
                    w = w.lanewise(VectorOperators.LSHR, lowBits);
                    h = h.lanewise(VectorOperators.LSHR, highBits);
                    FloatVector x = ((FloatVector) p.sub(offset).convert(VectorOperators.I2F, 0)).mul(s0);
                    FloatVector y = ((FloatVector) q.sub(offset).convert(VectorOperators.I2F, 0)).mul(s1);
                    if (minAt >= 0) {
                        x = x.add(m0);
                        y = y.add(m1);
                    }
                    FloatVector z = FloatVector.broadcast(F, a[aAt + k + i]);
                    c0 = z.fma(x, c0);
                    c1 = z.fma(y, c1);
                }
            }
        }
        c0.intoArray(sums, 0);
        c1.intoArray(sums, W);
    }
}
