package dev.errata.kernels.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of one row with the codes of one panel, as they lie in a {@link Plane}: sums[o] goes on with a[k] · element
 * [k][o], one FMA chain of increasing k for each output o, where an element has the bits that {@link CodeMath} gives it.
 *
 * <p>Elements never leave the registers: widening a panel first and reading it again took about twice as long for 4-bit tables on a
 * Zen 5. What is read is one stream, scales where they are needed. A method of ours that takes or gives vectors isn't inlined
 * any more once a loop is as long as these, and then they are boxed (2 Gweights/s): so all is written out.
 */
final class CodeRow {
    private static final VectorSpecies<Float> F = Lanes.SPECIES;
    private static final VectorSpecies<Integer> I = Lanes.INTS;
    private static final int W = Lanes.COUNT;
    /** Just under half of what is cut off of an F32 in rounding it to bf16. */
    private static final int HALF = 0x7FFF;

    private static final int UPPER = 0xFFFF_0000;

    private CodeRow() {}

    /**
     * Signed codes of 8 bits.
     *
     * @param scales F16, as a {@link Plane} has them
     * @param stride bytes from the codes or scales of a run to the next
     */
    static void bytes(float[] a, int aAt, long words, long scales, long stride, int runs, int steps, float[] sums) {
        FloatVector c0 = FloatVector.fromArray(F, sums, 0);
        FloatVector c1 = FloatVector.fromArray(F, sums, W);
        for (int r = 0; r < runs; r++) {
            IntVector h = IntVector.fromMemorySegment(I, Memory.ALL, scales + r * stride, Lanes.ORDER);
            FloatVector s0 = HalfMath.f16(h);
            FloatVector s1 = HalfMath.f16(h.lanewise(VectorOperators.LSHR, 16));
            long from = words + r * stride;
            int x = aAt + r * steps;
            for (int k = 0; k < steps; k += 2) {
                IntVector w = IntVector.fromMemorySegment(I, Memory.ALL, from + k * (2L * W), Lanes.ORDER);
                FloatVector y = FloatVector.broadcast(F, a[x + k]);
                c0 = y.fma(
                        ((FloatVector) w.lanewise(VectorOperators.LSHL, 24)
                                        .lanewise(VectorOperators.ASHR, 24)
                                        .convert(VectorOperators.I2F, 0))
                                .mul(s0),
                        c0);
                c1 = y.fma(
                        ((FloatVector) w.lanewise(VectorOperators.LSHL, 16)
                                        .lanewise(VectorOperators.ASHR, 24)
                                        .convert(VectorOperators.I2F, 0))
                                .mul(s1),
                        c1);
                y = FloatVector.broadcast(F, a[x + k + 1]);
                c0 = y.fma(
                        ((FloatVector) w.lanewise(VectorOperators.LSHL, 8)
                                        .lanewise(VectorOperators.ASHR, 24)
                                        .convert(VectorOperators.I2F, 0))
                                .mul(s0),
                        c0);
                c1 = y.fma(
                        ((FloatVector) w.lanewise(VectorOperators.ASHR, 24).convert(VectorOperators.I2F, 0)).mul(s1),
                        c1);
            }
        }
        c0.intoArray(sums, 0);
        c1.intoArray(sums, W);
    }

    /**
     * Codes of 4 bits that a table of 16 widens, on CPUs whose vectors hold it.
     *
     * @param scales F32 [2 W]
     * @param stride bytes from the codes or scales of a run to the next
     */
    static void tableByFloats(
            float[] table,
            float[] a,
            int aAt,
            long words,
            long scales,
            long stride,
            int runs,
            int steps,
            float[] sums) {
        IntVector t = FloatVector.fromArray(F, table, 0).reinterpretAsInts();
        FloatVector c0 = FloatVector.fromArray(F, sums, 0);
        FloatVector c1 = FloatVector.fromArray(F, sums, W);
        for (int r = 0; r < runs; r++) {
            FloatVector s0 = FloatVector.fromMemorySegment(F, Memory.ALL, scales + r * stride, Lanes.ORDER);
            FloatVector s1 = FloatVector.fromMemorySegment(F, Memory.ALL, scales + r * stride + W * 4L, Lanes.ORDER);
            long from = words + r * stride;
            int x = aAt + r * steps;
            for (int k = 0; k < steps; k += 4) {
                IntVector w = IntVector.fromMemorySegment(I, Memory.ALL, from + k * (long) W, Lanes.ORDER);
                FloatVector y = FloatVector.broadcast(F, a[x + k]);
                c0 = y.fma(w.selectFrom(t).reinterpretAsFloats().mul(s0), c0);
                c1 = y.fma(
                        w.lanewise(VectorOperators.LSHR, 4)
                                .selectFrom(t)
                                .reinterpretAsFloats()
                                .mul(s1),
                        c1);
                y = FloatVector.broadcast(F, a[x + k + 1]);
                c0 = y.fma(
                        w.lanewise(VectorOperators.LSHR, 8)
                                .selectFrom(t)
                                .reinterpretAsFloats()
                                .mul(s0),
                        c0);
                c1 = y.fma(
                        w.lanewise(VectorOperators.LSHR, 12)
                                .selectFrom(t)
                                .reinterpretAsFloats()
                                .mul(s1),
                        c1);
                y = FloatVector.broadcast(F, a[x + k + 2]);
                c0 = y.fma(
                        w.lanewise(VectorOperators.LSHR, 16)
                                .selectFrom(t)
                                .reinterpretAsFloats()
                                .mul(s0),
                        c0);
                c1 = y.fma(
                        w.lanewise(VectorOperators.LSHR, 20)
                                .selectFrom(t)
                                .reinterpretAsFloats()
                                .mul(s1),
                        c1);
                y = FloatVector.broadcast(F, a[x + k + 3]);
                c0 = y.fma(
                        w.lanewise(VectorOperators.LSHR, 24)
                                .selectFrom(t)
                                .reinterpretAsFloats()
                                .mul(s0),
                        c0);
                c1 = y.fma(
                        w.lanewise(VectorOperators.LSHR, 28)
                                .selectFrom(t)
                                .reinterpretAsFloats()
                                .mul(s1),
                        c1);
            }
        }
        c0.intoArray(sums, 0);
        c1.intoArray(sums, W);
    }

    /**
     * The same with elements rounded to bf16, nearest even. A NaN must have a payload that the rounding doesn't carry out of: scales
     * that are NaN are stored as Java's own. Two elements of the word at a time, as more were too much for one method.
     */
    static void tableByFloatsToBf16(
            float[] table,
            float[] a,
            int aAt,
            long words,
            long scales,
            long stride,
            int runs,
            int steps,
            float[] sums) {
        IntVector t = FloatVector.fromArray(F, table, 0).reinterpretAsInts();
        FloatVector c0 = FloatVector.fromArray(F, sums, 0);
        FloatVector c1 = FloatVector.fromArray(F, sums, W);
        for (int r = 0; r < runs; r++) {
            FloatVector s0 = FloatVector.fromMemorySegment(F, Memory.ALL, scales + r * stride, Lanes.ORDER);
            FloatVector s1 = FloatVector.fromMemorySegment(F, Memory.ALL, scales + r * stride + W * 4L, Lanes.ORDER);
            long from = words + r * stride;
            int x = aAt + r * steps;
            for (int k = 0; k < steps; k += 4) {
                IntVector w = IntVector.fromMemorySegment(I, Memory.ALL, from + k * (long) W, Lanes.ORDER);
                for (int i = 0; i < 4; i++) {
                    FloatVector y = FloatVector.broadcast(F, a[x + k + i]);
                    IntVector p = w.selectFrom(t).reinterpretAsFloats().mul(s0).reinterpretAsInts();
                    IntVector q = w.lanewise(VectorOperators.LSHR, 4)
                            .selectFrom(t)
                            .reinterpretAsFloats()
                            .mul(s1)
                            .reinterpretAsInts();
                    w = w.lanewise(VectorOperators.LSHR, 8);
                    p = p.add(p.lanewise(VectorOperators.LSHR, 16).and(1))
                            .add(HALF)
                            .and(UPPER);
                    q = q.add(q.lanewise(VectorOperators.LSHR, 16).and(1))
                            .add(HALF)
                            .and(UPPER);
                    c0 = y.fma(p.reinterpretAsFloats(), c0);
                    c1 = y.fma(q.reinterpretAsFloats(), c1);
                }
            }
        }
        c0.intoArray(sums, 0);
        c1.intoArray(sums, W);
    }

    /**
     * The same with F16 scales, as a {@link Plane} has them.
     */
    static void tableByHalves(
            float[] table,
            float[] a,
            int aAt,
            long words,
            long scales,
            long stride,
            int runs,
            int steps,
            float[] sums) {
        IntVector t = FloatVector.fromArray(F, table, 0).reinterpretAsInts();
        FloatVector c0 = FloatVector.fromArray(F, sums, 0);
        FloatVector c1 = FloatVector.fromArray(F, sums, W);
        for (int r = 0; r < runs; r++) {
            IntVector h = IntVector.fromMemorySegment(I, Memory.ALL, scales + r * stride, Lanes.ORDER);
            FloatVector s0 = HalfMath.f16(h);
            FloatVector s1 = HalfMath.f16(h.lanewise(VectorOperators.LSHR, 16));
            long from = words + r * stride;
            int x = aAt + r * steps;
            for (int k = 0; k < steps; k += 4) {
                IntVector w = IntVector.fromMemorySegment(I, Memory.ALL, from + k * (long) W, Lanes.ORDER);
                FloatVector y = FloatVector.broadcast(F, a[x + k]);
                c0 = y.fma(w.selectFrom(t).reinterpretAsFloats().mul(s0), c0);
                c1 = y.fma(
                        w.lanewise(VectorOperators.LSHR, 4)
                                .selectFrom(t)
                                .reinterpretAsFloats()
                                .mul(s1),
                        c1);
                y = FloatVector.broadcast(F, a[x + k + 1]);
                c0 = y.fma(
                        w.lanewise(VectorOperators.LSHR, 8)
                                .selectFrom(t)
                                .reinterpretAsFloats()
                                .mul(s0),
                        c0);
                c1 = y.fma(
                        w.lanewise(VectorOperators.LSHR, 12)
                                .selectFrom(t)
                                .reinterpretAsFloats()
                                .mul(s1),
                        c1);
                y = FloatVector.broadcast(F, a[x + k + 2]);
                c0 = y.fma(
                        w.lanewise(VectorOperators.LSHR, 16)
                                .selectFrom(t)
                                .reinterpretAsFloats()
                                .mul(s0),
                        c0);
                c1 = y.fma(
                        w.lanewise(VectorOperators.LSHR, 20)
                                .selectFrom(t)
                                .reinterpretAsFloats()
                                .mul(s1),
                        c1);
                y = FloatVector.broadcast(F, a[x + k + 3]);
                c0 = y.fma(
                        w.lanewise(VectorOperators.LSHR, 24)
                                .selectFrom(t)
                                .reinterpretAsFloats()
                                .mul(s0),
                        c0);
                c1 = y.fma(
                        w.lanewise(VectorOperators.LSHR, 28)
                                .selectFrom(t)
                                .reinterpretAsFloats()
                                .mul(s1),
                        c1);
            }
        }
        c0.intoArray(sums, 0);
        c1.intoArray(sums, W);
    }

    /**
     * The same, and a minimum that each run adds.
     *
     * @param scales F32, [2 W] of each run
     * @param minAt where in scales the minima are
     */
    static void tableWithMinimum(
            float[] table,
            float[] a,
            int aAt,
            long words,
            long stride,
            int runs,
            int steps,
            float[] scales,
            int minAt,
            float[] sums) {
        IntVector t = FloatVector.fromArray(F, table, 0).reinterpretAsInts();
        FloatVector c0 = FloatVector.fromArray(F, sums, 0);
        FloatVector c1 = FloatVector.fromArray(F, sums, W);
        for (int r = 0; r < runs; r++) {
            FloatVector s0 = FloatVector.fromArray(F, scales, r * (2 * W));
            FloatVector s1 = FloatVector.fromArray(F, scales, r * (2 * W) + W);
            FloatVector m0 = FloatVector.fromArray(F, scales, minAt + r * (2 * W));
            FloatVector m1 = FloatVector.fromArray(F, scales, minAt + r * (2 * W) + W);
            long from = words + r * stride;
            int x = aAt + r * steps;
            for (int k = 0; k < steps; k += 4) {
                IntVector w = IntVector.fromMemorySegment(I, Memory.ALL, from + k * (long) W, Lanes.ORDER);
                FloatVector y = FloatVector.broadcast(F, a[x + k]);
                c0 = y.fma(w.selectFrom(t).reinterpretAsFloats().mul(s0).add(m0), c0);
                c1 = y.fma(
                        w.lanewise(VectorOperators.LSHR, 4)
                                .selectFrom(t)
                                .reinterpretAsFloats()
                                .mul(s1)
                                .add(m1),
                        c1);
                y = FloatVector.broadcast(F, a[x + k + 1]);
                c0 = y.fma(
                        w.lanewise(VectorOperators.LSHR, 8)
                                .selectFrom(t)
                                .reinterpretAsFloats()
                                .mul(s0)
                                .add(m0),
                        c0);
                c1 = y.fma(
                        w.lanewise(VectorOperators.LSHR, 12)
                                .selectFrom(t)
                                .reinterpretAsFloats()
                                .mul(s1)
                                .add(m1),
                        c1);
                y = FloatVector.broadcast(F, a[x + k + 2]);
                c0 = y.fma(
                        w.lanewise(VectorOperators.LSHR, 16)
                                .selectFrom(t)
                                .reinterpretAsFloats()
                                .mul(s0)
                                .add(m0),
                        c0);
                c1 = y.fma(
                        w.lanewise(VectorOperators.LSHR, 20)
                                .selectFrom(t)
                                .reinterpretAsFloats()
                                .mul(s1)
                                .add(m1),
                        c1);
                y = FloatVector.broadcast(F, a[x + k + 3]);
                c0 = y.fma(
                        w.lanewise(VectorOperators.LSHR, 24)
                                .selectFrom(t)
                                .reinterpretAsFloats()
                                .mul(s0)
                                .add(m0),
                        c0);
                c1 = y.fma(
                        w.lanewise(VectorOperators.LSHR, 28)
                                .selectFrom(t)
                                .reinterpretAsFloats()
                                .mul(s1)
                                .add(m1),
                        c1);
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
            long lowStride,
            int lowBits,
            long high,
            long highStride,
            int highBits,
            int offset,
            int runs,
            int steps,
            float[] scales,
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
            FloatVector s0 = FloatVector.fromArray(F, scales, r * (2 * W));
            FloatVector s1 = FloatVector.fromArray(F, scales, r * (2 * W) + W);
            int m = Math.max(minAt, 0) + r * (2 * W);
            FloatVector m0 = FloatVector.fromArray(F, scales, m);
            FloatVector m1 = FloatVector.fromArray(F, scales, m + W);
            long lows = low + r * lowStride;
            long highs = high + r * highStride;
            int x = aAt + r * steps;
            for (int k = 0; k < steps; k += perLow) {
                IntVector w = IntVector.fromMemorySegment(I, Memory.ALL, lows + k / perLow * (W * 4L), Lanes.ORDER);
                if (highBits != 0 && k % perHigh == 0) {
                    h = IntVector.fromMemorySegment(I, Memory.ALL, highs + k / perHigh * (W * 4L), Lanes.ORDER);
                }
                for (int i = 0; i < perLow; i++) {
                    IntVector p = w.and(lowMask).or(h.and(highMask).lanewise(VectorOperators.LSHL, lowBits));
                    w = w.lanewise(VectorOperators.LSHR, lowBits);
                    h = h.lanewise(VectorOperators.LSHR, highBits);
                    IntVector q = w.and(lowMask).or(h.and(highMask).lanewise(VectorOperators.LSHL, lowBits));
                    w = w.lanewise(VectorOperators.LSHR, lowBits);
                    h = h.lanewise(VectorOperators.LSHR, highBits);
                    FloatVector u = ((FloatVector) p.sub(offset).convert(VectorOperators.I2F, 0)).mul(s0);
                    FloatVector v = ((FloatVector) q.sub(offset).convert(VectorOperators.I2F, 0)).mul(s1);
                    if (minAt >= 0) {
                        u = u.add(m0);
                        v = v.add(m1);
                    }
                    FloatVector y = FloatVector.broadcast(F, a[x + k + i]);
                    c0 = y.fma(u, c0);
                    c1 = y.fma(v, c1);
                }
            }
        }
        c0.intoArray(sums, 0);
        c1.intoArray(sums, W);
    }
}
