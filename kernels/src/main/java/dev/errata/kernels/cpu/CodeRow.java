package dev.errata.kernels.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of one row with the codes of two panels, as they lie in a {@link Plane}: sums[o] goes on with a[k] · element [k][o], one
 * FMA chain of increasing k for each output o, where an element has the bits that {@link CodeMath} gives it.
 *
 * <p>Elements never leave the registers: widening a panel first and reading it again took about twice as long for 4-bit tables on a
 * Zen 5. Two panels are four chains; the two of a single one waited for each other (32 Gweights/s on one core, where an FMA
 * takes 4 cycles). A method of ours that takes or gives vectors isn't inlined any more once a loop is as long as these, and then they
 * are boxed (2 Gweights/s): so all is written out.
 *
 * <p>Of both panels: {@code words} and {@code others} where the codes lie, {@code stride} bytes from those of a run to the next;
 * {@code scales} F32 [2 W] of each run, those of the second panel from {@code second} on; sums [2][2 W].
 */
final class CodeRow {
    private static final VectorSpecies<Float> F = Lanes.SPECIES;
    private static final VectorSpecies<Integer> I = Lanes.INTS;
    private static final int W = Lanes.COUNT;
    /** Just under half of what is cut off of an F32 in rounding it to bf16. */
    private static final int HALF = 0x7FFF;

    private static final int UPPER = 0xFFFF_0000;

    private CodeRow() {}

    /** Signed codes of 8 bits. */
    static void bytes(
            float[] a,
            int aAt,
            long words,
            long others,
            long stride,
            int runs,
            int steps,
            float[] scales,
            int second,
            float[] sums) {
        FloatVector c0 = FloatVector.fromArray(F, sums, 0);
        FloatVector c1 = FloatVector.fromArray(F, sums, W);
        FloatVector c2 = FloatVector.fromArray(F, sums, 2 * W);
        FloatVector c3 = FloatVector.fromArray(F, sums, 3 * W);
        for (int r = 0; r < runs; r++) {
            int at = r * (2 * W);
            FloatVector s0 = FloatVector.fromArray(F, scales, at);
            FloatVector s1 = FloatVector.fromArray(F, scales, at + W);
            FloatVector s2 = FloatVector.fromArray(F, scales, second + at);
            FloatVector s3 = FloatVector.fromArray(F, scales, second + at + W);
            long from = words + r * stride;
            long other = others + r * stride;
            int x = aAt + r * steps;
            for (int k = 0; k < steps; k += 2) {
                IntVector w = IntVector.fromMemorySegment(I, Memory.ALL, from + k * (2L * W), Lanes.ORDER);
                IntVector v = IntVector.fromMemorySegment(I, Memory.ALL, other + k * (2L * W), Lanes.ORDER);
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
                c2 = y.fma(
                        ((FloatVector) v.lanewise(VectorOperators.LSHL, 24)
                                        .lanewise(VectorOperators.ASHR, 24)
                                        .convert(VectorOperators.I2F, 0))
                                .mul(s2),
                        c2);
                c3 = y.fma(
                        ((FloatVector) v.lanewise(VectorOperators.LSHL, 16)
                                        .lanewise(VectorOperators.ASHR, 24)
                                        .convert(VectorOperators.I2F, 0))
                                .mul(s3),
                        c3);
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
                c2 = y.fma(
                        ((FloatVector) v.lanewise(VectorOperators.LSHL, 8)
                                        .lanewise(VectorOperators.ASHR, 24)
                                        .convert(VectorOperators.I2F, 0))
                                .mul(s2),
                        c2);
                c3 = y.fma(
                        ((FloatVector) v.lanewise(VectorOperators.ASHR, 24).convert(VectorOperators.I2F, 0)).mul(s3),
                        c3);
            }
        }
        c0.intoArray(sums, 0);
        c1.intoArray(sums, W);
        c2.intoArray(sums, 2 * W);
        c3.intoArray(sums, 3 * W);
    }

    /** Codes of 4 bits that a table widens; only where a vector has as many lanes as it. */
    static void table(
            float[] table,
            float[] a,
            int aAt,
            long words,
            long others,
            long stride,
            int runs,
            int steps,
            float[] scales,
            int second,
            float[] sums) {
        IntVector t = FloatVector.fromArray(F, table, 0).reinterpretAsInts();
        FloatVector c0 = FloatVector.fromArray(F, sums, 0);
        FloatVector c1 = FloatVector.fromArray(F, sums, W);
        FloatVector c2 = FloatVector.fromArray(F, sums, 2 * W);
        FloatVector c3 = FloatVector.fromArray(F, sums, 3 * W);
        for (int r = 0; r < runs; r++) {
            int at = r * (2 * W);
            FloatVector s0 = FloatVector.fromArray(F, scales, at);
            FloatVector s1 = FloatVector.fromArray(F, scales, at + W);
            FloatVector s2 = FloatVector.fromArray(F, scales, second + at);
            FloatVector s3 = FloatVector.fromArray(F, scales, second + at + W);
            long from = words + r * stride;
            long other = others + r * stride;
            int x = aAt + r * steps;
            for (int k = 0; k < steps; k += 4) {
                IntVector w = IntVector.fromMemorySegment(I, Memory.ALL, from + k * (long) W, Lanes.ORDER);
                IntVector v = IntVector.fromMemorySegment(I, Memory.ALL, other + k * (long) W, Lanes.ORDER);
                FloatVector y = FloatVector.broadcast(F, a[x + k]);
                c0 = y.fma(w.selectFrom(t).reinterpretAsFloats().mul(s0), c0);
                c1 = y.fma(
                        w.lanewise(VectorOperators.LSHR, 4)
                                .selectFrom(t)
                                .reinterpretAsFloats()
                                .mul(s1),
                        c1);
                c2 = y.fma(v.selectFrom(t).reinterpretAsFloats().mul(s2), c2);
                c3 = y.fma(
                        v.lanewise(VectorOperators.LSHR, 4)
                                .selectFrom(t)
                                .reinterpretAsFloats()
                                .mul(s3),
                        c3);
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
                c2 = y.fma(
                        v.lanewise(VectorOperators.LSHR, 8)
                                .selectFrom(t)
                                .reinterpretAsFloats()
                                .mul(s2),
                        c2);
                c3 = y.fma(
                        v.lanewise(VectorOperators.LSHR, 12)
                                .selectFrom(t)
                                .reinterpretAsFloats()
                                .mul(s3),
                        c3);
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
                c2 = y.fma(
                        v.lanewise(VectorOperators.LSHR, 16)
                                .selectFrom(t)
                                .reinterpretAsFloats()
                                .mul(s2),
                        c2);
                c3 = y.fma(
                        v.lanewise(VectorOperators.LSHR, 20)
                                .selectFrom(t)
                                .reinterpretAsFloats()
                                .mul(s3),
                        c3);
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
                c2 = y.fma(
                        v.lanewise(VectorOperators.LSHR, 24)
                                .selectFrom(t)
                                .reinterpretAsFloats()
                                .mul(s2),
                        c2);
                c3 = y.fma(
                        v.lanewise(VectorOperators.LSHR, 28)
                                .selectFrom(t)
                                .reinterpretAsFloats()
                                .mul(s3),
                        c3);
            }
        }
        c0.intoArray(sums, 0);
        c1.intoArray(sums, W);
        c2.intoArray(sums, 2 * W);
        c3.intoArray(sums, 3 * W);
    }

    /**
     * The same with elements rounded to bf16, nearest even. A NaN must have a payload that the rounding doesn't carry out of: scales
     * that are NaN are stored as Java's own. Two elements of each word at a time, as more were too much for one method.
     */
    static void tableToBf16(
            float[] table,
            float[] a,
            int aAt,
            long words,
            long others,
            long stride,
            int runs,
            int steps,
            float[] scales,
            int second,
            float[] sums) {
        IntVector t = FloatVector.fromArray(F, table, 0).reinterpretAsInts();
        FloatVector c0 = FloatVector.fromArray(F, sums, 0);
        FloatVector c1 = FloatVector.fromArray(F, sums, W);
        FloatVector c2 = FloatVector.fromArray(F, sums, 2 * W);
        FloatVector c3 = FloatVector.fromArray(F, sums, 3 * W);
        for (int r = 0; r < runs; r++) {
            int at = r * (2 * W);
            FloatVector s0 = FloatVector.fromArray(F, scales, at);
            FloatVector s1 = FloatVector.fromArray(F, scales, at + W);
            FloatVector s2 = FloatVector.fromArray(F, scales, second + at);
            FloatVector s3 = FloatVector.fromArray(F, scales, second + at + W);
            long from = words + r * stride;
            long other = others + r * stride;
            int x = aAt + r * steps;
            for (int k = 0; k < steps; k += 4) {
                IntVector w = IntVector.fromMemorySegment(I, Memory.ALL, from + k * (long) W, Lanes.ORDER);
                IntVector v = IntVector.fromMemorySegment(I, Memory.ALL, other + k * (long) W, Lanes.ORDER);
                for (int i = 0; i < 4; i++) {
                    FloatVector y = FloatVector.broadcast(F, a[x + k + i]);
                    IntVector p0 = w.selectFrom(t).reinterpretAsFloats().mul(s0).reinterpretAsInts();
                    IntVector p1 = w.lanewise(VectorOperators.LSHR, 4)
                            .selectFrom(t)
                            .reinterpretAsFloats()
                            .mul(s1)
                            .reinterpretAsInts();
                    IntVector p2 = v.selectFrom(t).reinterpretAsFloats().mul(s2).reinterpretAsInts();
                    IntVector p3 = v.lanewise(VectorOperators.LSHR, 4)
                            .selectFrom(t)
                            .reinterpretAsFloats()
                            .mul(s3)
                            .reinterpretAsInts();
                    p0 = p0.add(p0.lanewise(VectorOperators.LSHR, 16).and(1))
                            .add(HALF)
                            .and(UPPER);
                    c0 = y.fma(p0.reinterpretAsFloats(), c0);
                    p1 = p1.add(p1.lanewise(VectorOperators.LSHR, 16).and(1))
                            .add(HALF)
                            .and(UPPER);
                    c1 = y.fma(p1.reinterpretAsFloats(), c1);
                    p2 = p2.add(p2.lanewise(VectorOperators.LSHR, 16).and(1))
                            .add(HALF)
                            .and(UPPER);
                    c2 = y.fma(p2.reinterpretAsFloats(), c2);
                    p3 = p3.add(p3.lanewise(VectorOperators.LSHR, 16).and(1))
                            .add(HALF)
                            .and(UPPER);
                    c3 = y.fma(p3.reinterpretAsFloats(), c3);
                    w = w.lanewise(VectorOperators.LSHR, 8);
                    v = v.lanewise(VectorOperators.LSHR, 8);
                }
            }
        }
        c0.intoArray(sums, 0);
        c1.intoArray(sums, W);
        c2.intoArray(sums, 2 * W);
        c3.intoArray(sums, 3 * W);
    }

    /** The same as {@link #table}, and a minimum that each run adds: those of the scales lie {@code minAt} after them. */
    static void tableWithMinimum(
            float[] table,
            float[] a,
            int aAt,
            long words,
            long others,
            long stride,
            int runs,
            int steps,
            float[] scales,
            int second,
            int minAt,
            float[] sums) {
        IntVector t = FloatVector.fromArray(F, table, 0).reinterpretAsInts();
        FloatVector c0 = FloatVector.fromArray(F, sums, 0);
        FloatVector c1 = FloatVector.fromArray(F, sums, W);
        FloatVector c2 = FloatVector.fromArray(F, sums, 2 * W);
        FloatVector c3 = FloatVector.fromArray(F, sums, 3 * W);
        for (int r = 0; r < runs; r++) {
            int at = r * (2 * W);
            FloatVector s0 = FloatVector.fromArray(F, scales, at);
            FloatVector s1 = FloatVector.fromArray(F, scales, at + W);
            FloatVector s2 = FloatVector.fromArray(F, scales, second + at);
            FloatVector s3 = FloatVector.fromArray(F, scales, second + at + W);
            FloatVector m0 = FloatVector.fromArray(F, scales, minAt + at);
            FloatVector m1 = FloatVector.fromArray(F, scales, minAt + at + W);
            FloatVector m2 = FloatVector.fromArray(F, scales, minAt + second + at);
            FloatVector m3 = FloatVector.fromArray(F, scales, minAt + second + at + W);
            long from = words + r * stride;
            long other = others + r * stride;
            int x = aAt + r * steps;
            for (int k = 0; k < steps; k += 4) {
                IntVector w = IntVector.fromMemorySegment(I, Memory.ALL, from + k * (long) W, Lanes.ORDER);
                IntVector v = IntVector.fromMemorySegment(I, Memory.ALL, other + k * (long) W, Lanes.ORDER);
                FloatVector y = FloatVector.broadcast(F, a[x + k]);
                c0 = y.fma(w.selectFrom(t).reinterpretAsFloats().mul(s0).add(m0), c0);
                c1 = y.fma(
                        w.lanewise(VectorOperators.LSHR, 4)
                                .selectFrom(t)
                                .reinterpretAsFloats()
                                .mul(s1)
                                .add(m1),
                        c1);
                c2 = y.fma(v.selectFrom(t).reinterpretAsFloats().mul(s2).add(m2), c2);
                c3 = y.fma(
                        v.lanewise(VectorOperators.LSHR, 4)
                                .selectFrom(t)
                                .reinterpretAsFloats()
                                .mul(s3)
                                .add(m3),
                        c3);
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
                c2 = y.fma(
                        v.lanewise(VectorOperators.LSHR, 8)
                                .selectFrom(t)
                                .reinterpretAsFloats()
                                .mul(s2)
                                .add(m2),
                        c2);
                c3 = y.fma(
                        v.lanewise(VectorOperators.LSHR, 12)
                                .selectFrom(t)
                                .reinterpretAsFloats()
                                .mul(s3)
                                .add(m3),
                        c3);
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
                c2 = y.fma(
                        v.lanewise(VectorOperators.LSHR, 16)
                                .selectFrom(t)
                                .reinterpretAsFloats()
                                .mul(s2)
                                .add(m2),
                        c2);
                c3 = y.fma(
                        v.lanewise(VectorOperators.LSHR, 20)
                                .selectFrom(t)
                                .reinterpretAsFloats()
                                .mul(s3)
                                .add(m3),
                        c3);
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
                c2 = y.fma(
                        v.lanewise(VectorOperators.LSHR, 24)
                                .selectFrom(t)
                                .reinterpretAsFloats()
                                .mul(s2)
                                .add(m2),
                        c2);
                c3 = y.fma(
                        v.lanewise(VectorOperators.LSHR, 28)
                                .selectFrom(t)
                                .reinterpretAsFloats()
                                .mul(s3)
                                .add(m3),
                        c3);
            }
        }
        c0.intoArray(sums, 0);
        c1.intoArray(sums, W);
        c2.intoArray(sums, 2 * W);
        c3.intoArray(sums, 3 * W);
    }

    /**
     * Codes of one panel whose lower and upper bits lie apart, as in {@link CodeMath#split}.
     *
     * @param scaleAt where in scales its scales are
     * @param minAt where its minima are, or −1
     * @param sumAt where in sums its outputs are
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
            int scaleAt,
            int minAt,
            float[] sums,
            int sumAt) {
        FloatVector c0 = FloatVector.fromArray(F, sums, sumAt);
        FloatVector c1 = FloatVector.fromArray(F, sums, sumAt + W);
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
        c0.intoArray(sums, sumAt);
        c1.intoArray(sums, sumAt + W);
    }
}
