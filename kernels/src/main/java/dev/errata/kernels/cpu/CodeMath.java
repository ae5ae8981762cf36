package dev.errata.kernels.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Widens codes of one run of a panel, as they lie in a {@link Plane}: to[at + i · 2 W + o] = value of the code · scale of
 * output o, and plus its minimum where there is one.
 */
final class CodeMath {
    private static final VectorSpecies<Float> F = Lanes.SPECIES;
    private static final VectorSpecies<Integer> I = Lanes.INTS;
    private static final int W = Lanes.COUNT;

    private CodeMath() {}

    /**
     * Codes of 4 bits that a table widens; an index is taken modulo the lanes it is looked up in. On 4 lanes by plain code.
     *
     * @param count a multiple of 4
     */
    static void table(float[] table, long words, int count, float[] scales, int scaleAt, float[] to, int at) {
        FloatVector s0 = FloatVector.fromArray(F, scales, scaleAt);
        FloatVector s1 = FloatVector.fromArray(F, scales, scaleAt + W);
        if (W == 16) {
            FloatVector t = FloatVector.fromArray(F, table, 0);
            IntVector values = t.reinterpretAsInts();
            for (int k = 0; k < count; k += 4) {
                IntVector w = IntVector.fromMemorySegment(I, Memory.ALL, words + (long) k * W, Lanes.ORDER);
                int row = at + k * (2 * W);
                w.selectFrom(values).reinterpretAsFloats().mul(s0).intoArray(to, row);
                w.lanewise(VectorOperators.LSHR, 4)
                        .selectFrom(values)
                        .reinterpretAsFloats()
                        .mul(s1)
                        .intoArray(to, row + W);
                w.lanewise(VectorOperators.LSHR, 8)
                        .selectFrom(values)
                        .reinterpretAsFloats()
                        .mul(s0)
                        .intoArray(to, row + 2 * W);
                w.lanewise(VectorOperators.LSHR, 12)
                        .selectFrom(values)
                        .reinterpretAsFloats()
                        .mul(s1)
                        .intoArray(to, row + 3 * W);
                w.lanewise(VectorOperators.LSHR, 16)
                        .selectFrom(values)
                        .reinterpretAsFloats()
                        .mul(s0)
                        .intoArray(to, row + 4 * W);
                w.lanewise(VectorOperators.LSHR, 20)
                        .selectFrom(values)
                        .reinterpretAsFloats()
                        .mul(s1)
                        .intoArray(to, row + 5 * W);
                w.lanewise(VectorOperators.LSHR, 24)
                        .selectFrom(values)
                        .reinterpretAsFloats()
                        .mul(s0)
                        .intoArray(to, row + 6 * W);
                w.lanewise(VectorOperators.LSHR, 28)
                        .selectFrom(values)
                        .reinterpretAsFloats()
                        .mul(s1)
                        .intoArray(to, row + 7 * W);
            }
        } else if (W == 8) {
            halfTables(table, words, count, scales, scaleAt, to, at);
        } else {
            for (int k = 0; k < count; k++) {
                for (int o = 0; o < W; o++) {
                    int w = Memory.getInt(words + (k / 4 * (long) W + o) * 4L) >>> (8 * (k % 4));
                    to[at + k * (2 * W) + o] = table[w & 15] * scales[scaleAt + o];
                    to[at + k * (2 * W) + W + o] = table[(w >>> 4) & 15] * scales[scaleAt + W + o];
                }
            }
        }
    }

    /** The same on 8 lanes, where a vector holds half of the table: bit 3 of a code says which. */
    private static void halfTables(
            float[] table, long words, int count, float[] scales, int scaleAt, float[] to, int at) {
        FloatVector s0 = FloatVector.fromArray(F, scales, scaleAt);
        FloatVector s1 = FloatVector.fromArray(F, scales, scaleAt + W);
        IntVector lower = FloatVector.fromArray(F, table, 0).reinterpretAsInts();
        IntVector upper = FloatVector.fromArray(F, table, W).reinterpretAsInts();
        for (int k = 0; k < count; k += 4) {
            IntVector w = IntVector.fromMemorySegment(I, Memory.ALL, words + (long) k * W, Lanes.ORDER);
            for (int i = 0; i < 4; i++) {
                int row = at + (k + i) * (2 * W);
                w.selectFrom(lower)
                        .blend(w.selectFrom(upper), w.and(8).compare(VectorOperators.NE, 0))
                        .reinterpretAsFloats()
                        .mul(s0)
                        .intoArray(to, row);
                w = w.lanewise(VectorOperators.LSHR, 4);
                w.selectFrom(lower)
                        .blend(w.selectFrom(upper), w.and(8).compare(VectorOperators.NE, 0))
                        .reinterpretAsFloats()
                        .mul(s1)
                        .intoArray(to, row + W);
                w = w.lanewise(VectorOperators.LSHR, 4);
            }
        }
    }

    /** The same, plus a minimum. */
    static void tableWithMinimum(
            float[] table, long words, int count, float[] scales, int scaleAt, int minAt, float[] to, int at) {
        if (W == 16) {
            sixteenWithMinimum(table, words, count, scales, scaleAt, minAt, to, at);
            return;
        }
        table(table, words, count, scales, scaleAt, to, at);
        FloatVector m0 = FloatVector.fromArray(F, scales, minAt);
        FloatVector m1 = FloatVector.fromArray(F, scales, minAt + W);
        for (int k = 0; k < count; k++) {
            int row = at + k * (2 * W);
            FloatVector.fromArray(F, to, row).add(m0).intoArray(to, row);
            FloatVector.fromArray(F, to, row + W).add(m1).intoArray(to, row + W);
        }
    }

    /** On 16 lanes, where the whole table is a vector, in one pass. */
    private static void sixteenWithMinimum(
            float[] table, long words, int count, float[] scales, int scaleAt, int minAt, float[] to, int at) {
        FloatVector s0 = FloatVector.fromArray(F, scales, scaleAt);
        FloatVector s1 = FloatVector.fromArray(F, scales, scaleAt + W);
        FloatVector m0 = FloatVector.fromArray(F, scales, minAt);
        FloatVector m1 = FloatVector.fromArray(F, scales, minAt + W);
        FloatVector t = FloatVector.fromArray(F, table, 0);
        IntVector values = t.reinterpretAsInts();
        for (int k = 0; k < count; k += 4) {
            IntVector w = IntVector.fromMemorySegment(I, Memory.ALL, words + (long) k * W, Lanes.ORDER);
            int row = at + k * (2 * W);
            w.selectFrom(values).reinterpretAsFloats().mul(s0).add(m0).intoArray(to, row);
            w.lanewise(VectorOperators.LSHR, 4)
                    .selectFrom(values)
                    .reinterpretAsFloats()
                    .mul(s1)
                    .add(m1)
                    .intoArray(to, row + W);
            w.lanewise(VectorOperators.LSHR, 8)
                    .selectFrom(values)
                    .reinterpretAsFloats()
                    .mul(s0)
                    .add(m0)
                    .intoArray(to, row + 2 * W);
            w.lanewise(VectorOperators.LSHR, 12)
                    .selectFrom(values)
                    .reinterpretAsFloats()
                    .mul(s1)
                    .add(m1)
                    .intoArray(to, row + 3 * W);
            w.lanewise(VectorOperators.LSHR, 16)
                    .selectFrom(values)
                    .reinterpretAsFloats()
                    .mul(s0)
                    .add(m0)
                    .intoArray(to, row + 4 * W);
            w.lanewise(VectorOperators.LSHR, 20)
                    .selectFrom(values)
                    .reinterpretAsFloats()
                    .mul(s1)
                    .add(m1)
                    .intoArray(to, row + 5 * W);
            w.lanewise(VectorOperators.LSHR, 24)
                    .selectFrom(values)
                    .reinterpretAsFloats()
                    .mul(s0)
                    .add(m0)
                    .intoArray(to, row + 6 * W);
            w.lanewise(VectorOperators.LSHR, 28)
                    .selectFrom(values)
                    .reinterpretAsFloats()
                    .mul(s1)
                    .add(m1)
                    .intoArray(to, row + 7 * W);
        }
    }

    /**
     * Signed codes of 8 bits.
     *
     * @param count a multiple of 2
     */
    static void bytes(long words, int count, float[] scales, int scaleAt, float[] to, int at) {
        FloatVector s0 = FloatVector.fromArray(F, scales, scaleAt);
        FloatVector s1 = FloatVector.fromArray(F, scales, scaleAt + W);
        for (int k = 0; k < count; k += 2) {
            IntVector w = IntVector.fromMemorySegment(I, Memory.ALL, words + k * (2L * W), Lanes.ORDER);
            int row = at + k * (2 * W);
            FloatVector a = (FloatVector) w.lanewise(VectorOperators.LSHL, 24)
                    .lanewise(VectorOperators.ASHR, 24)
                    .convert(VectorOperators.I2F, 0);
            FloatVector b = (FloatVector) w.lanewise(VectorOperators.LSHL, 16)
                    .lanewise(VectorOperators.ASHR, 24)
                    .convert(VectorOperators.I2F, 0);
            FloatVector c = (FloatVector) w.lanewise(VectorOperators.LSHL, 8)
                    .lanewise(VectorOperators.ASHR, 24)
                    .convert(VectorOperators.I2F, 0);
            FloatVector d = (FloatVector) w.lanewise(VectorOperators.ASHR, 24).convert(VectorOperators.I2F, 0);
            a.mul(s0).intoArray(to, row);
            b.mul(s1).intoArray(to, row + W);
            c.mul(s0).intoArray(to, row + 2 * W);
            d.mul(s1).intoArray(to, row + 3 * W);
        }
    }

    /**
     * Codes whose lower and upper bits lie apart: (low + high · 2^lowBits − offset).
     *
     * @param lowBits 2 or 4
     * @param highBits 0, 1 or 2
     * @param count a multiple of 16
     * @param minAt where in scales the minima are, or −1
     */
    static void split(
            long low,
            int lowBits,
            long high,
            int highBits,
            int offset,
            int count,
            float[] scales,
            int scaleAt,
            int minAt,
            float[] to,
            int at) {
        FloatVector s0 = FloatVector.fromArray(F, scales, scaleAt);
        FloatVector s1 = FloatVector.fromArray(F, scales, scaleAt + W);
        FloatVector m0 = minAt < 0 ? FloatVector.zero(F) : FloatVector.fromArray(F, scales, minAt);
        FloatVector m1 = minAt < 0 ? FloatVector.zero(F) : FloatVector.fromArray(F, scales, minAt + W);
        int lowMask = (1 << lowBits) - 1;
        int highMask = (1 << highBits) - 1;
        int perLow = 16 / lowBits;
        int perHigh = highBits == 0 ? Integer.MAX_VALUE : 16 / highBits;
        IntVector h = IntVector.zero(I);
        for (int k = 0; k < count; k += perLow) {
            IntVector w = IntVector.fromMemorySegment(I, Memory.ALL, low + k / perLow * (W * 4L), Lanes.ORDER);
            if (highBits != 0 && k % perHigh == 0) {
                h = IntVector.fromMemorySegment(I, Memory.ALL, high + k / perHigh * (W * 4L), Lanes.ORDER);
            }
            for (int i = 0; i < perLow; i++) {
                IntVector a = w.and(lowMask).or(h.and(highMask).lanewise(VectorOperators.LSHL, lowBits));
                w = w.lanewise(VectorOperators.LSHR, lowBits);
                h = h.lanewise(VectorOperators.LSHR, highBits);
                IntVector b = w.and(lowMask).or(h.and(highMask).lanewise(VectorOperators.LSHL, lowBits));
                w = w.lanewise(VectorOperators.LSHR, lowBits);
                h = h.lanewise(VectorOperators.LSHR, highBits);
                int row = at + (k + i) * (2 * W);
                FloatVector x = ((FloatVector) a.sub(offset).convert(VectorOperators.I2F, 0)).mul(s0);
                FloatVector y = ((FloatVector) b.sub(offset).convert(VectorOperators.I2F, 0)).mul(s1);
                if (minAt >= 0) {
                    x = x.add(m0);
                    y = y.add(m1);
                }
                x.intoArray(to, row);
                y.intoArray(to, row + W);
            }
        }
    }
}
