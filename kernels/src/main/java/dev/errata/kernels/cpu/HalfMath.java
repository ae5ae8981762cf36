package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;
import dev.errata.tensor.Rounding;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Rows of BF16 and F16 to F32, exactly, and of F32 to them, rounded as {@link Rounding} does. */
final class HalfMath {
    private static final VectorSpecies<Float> F = Lanes.SPECIES;
    private static final VectorSpecies<Integer> I = Lanes.INTS;
    private static final VectorSpecies<Short> HALVES =
            VectorSpecies.of(short.class, VectorShape.forBitSize(F.vectorBitSize() / 2));
    private static final int W = Lanes.COUNT;

    /** What F16's exponents are less than F32's, where an F32's exponent lies. */
    private static final int EXPONENT = 112 << 23;

    private static final float SMALLEST_F16 = 0x1p-24f;

    private HalfMath() {}

    /**
     * to F32 [count] = from, of F32, BF16 or F16.
     *
     * @throws IllegalArgumentException for another type
     */
    static void widen(DType dtype, long from, int count, long to) {
        switch (dtype) {
            case F32 -> Memory.copy(from, to, count * 4L);
            case BF16 -> widenBf16(from, count, to);
            case F16 -> widenF16(from, count, to);
            case F64, I64, I32, I16, I8, U8, BOOL ->
                throw new IllegalArgumentException(dtype + " is not F32, BF16 or F16");
        }
    }

    static void widenBf16(long from, int count, long to) {
        int whole = Lanes.floor(count);
        for (int i = 0; i < whole; i += W) {
            ((IntVector) ShortVector.fromMemorySegment(HALVES, Memory.ALL, from + i * 2L, Lanes.ORDER)
                            .convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0))
                    .lanewise(VectorOperators.LSHL, 16)
                    .reinterpretAsFloats()
                    .intoMemorySegment(Memory.ALL, to + i * 4L, Lanes.ORDER);
        }
        for (int i = whole; i < count; i++) {
            Memory.setInt(to + i * 4L, Memory.getShort(from + i * 2L) << 16);
        }
    }

    private static void widenF16(long from, int count, long to) {
        for (int i = 0; i < count; i++) {
            Memory.set(to + i * 4L, Float.float16ToFloat((short) Memory.getShort(from + i * 2L)));
        }
    }

    /**
     * to [count], of F32, BF16 or F16, = from F32.
     *
     * @throws IllegalArgumentException for another type
     */
    static void narrow(long from, DType dtype, int count, long to) {
        switch (dtype) {
            case F32 -> Memory.copy(from, to, count * 4L);
            case BF16 -> RoundMath.narrowBf16(from, count, to);
            case F16 -> narrowF16(from, count, to);
            case F64, I64, I32, I16, I8, U8, BOOL ->
                throw new IllegalArgumentException(dtype + " is not F32, BF16 or F16");
        }
    }

    private static void narrowF16(long from, int count, long to) {
        for (int i = 0; i < count; i++) {
            Memory.setShort(to + i * 2L, Float.floatToFloat16(Memory.get(from + i * 4L)));
        }
    }

    /**
     * Words of two F16, W at a time as in a {@link Plane}, to F32: to[at + i · 2 W + o] for i below count, those of the lower halves first.
     * A signaling NaN becomes quiet, as by {@link Float#float16ToFloat}.
     */
    static void pairs(long words, int count, float[] to, int at) {
        for (int i = 0; i < 2 * count; i++) {
            IntVector lanes = IntVector.fromMemorySegment(I, Memory.ALL, words + (i >> 1) * (W * 4L), Lanes.ORDER)
                    .lanewise(VectorOperators.LSHR, (i & 1) << 4);
            IntVector magnitude = lanes.and(0x7FFF);
            IntVector fraction = magnitude.lanewise(VectorOperators.LSHL, 13);
            FloatVector tiny = ((FloatVector) magnitude.convert(VectorOperators.I2F, 0)).mul(SMALLEST_F16);
            IntVector bits = fraction.add(EXPONENT).blend(tiny.reinterpretAsInts(), magnitude.lt(0x0400));
            // beyond the largest finite one: infinities and NaN keep their fraction
            VectorMask<Integer> special = magnitude.compare(VectorOperators.GT, 0x7BFF);
            VectorMask<Integer> nan = magnitude.compare(VectorOperators.GT, 0x7C00);
            bits = bits.blend(fraction.or(0x7F80_0000), special);
            bits = bits.blend(bits.or(0x0040_0000), nan);
            bits.or(lanes.and(0x8000).lanewise(VectorOperators.LSHL, 16))
                    .reinterpretAsFloats()
                    .intoArray(to, at + i * W);
        }
    }
}
