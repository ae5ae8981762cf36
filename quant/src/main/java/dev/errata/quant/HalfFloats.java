package dev.errata.quant;

import dev.errata.tensor.DType;
import java.lang.foreign.MemorySegment;

/**
 * F32, BF16 and F16 to float and back. Widening is exact; narrowing rounds to nearest, ties to even, and keeps
 * infinities and NaN.
 */
public final class HalfFloats {
    private HalfFloats() {}

    /** The float that BF16 bits stand for: they are its upper half. */
    public static float bf16ToFloat(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /** The nearest BF16, ties to even. A NaN stays a (quiet) NaN of the same sign. */
    public static short floatToBf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) (bits >>> 16 | 0x0040);
        }
        return (short) ((bits + 0x7FFF + (bits >>> 16 & 1)) >>> 16);
    }

    /**
     * Reads elements {@code from} to {@code from + count} of {@code source} into {@code into[at…]}.
     *
     * @param dtype F32, BF16 or F16, little-endian
     * @throws IllegalArgumentException for another type
     */
    public static void widen(MemorySegment source, DType dtype, long from, float[] into, int at, int count) {
        switch (dtype) {
            case F32 -> MemorySegment.copy(source, LittleEndian.F32, from * Float.BYTES, into, at, count);
            case BF16 -> {
                for (int i = 0; i < count; i++) {
                    into[at + i] = bf16ToFloat(source.get(LittleEndian.I16, (from + i) * Short.BYTES));
                }
            }
            case F16 -> {
                for (int i = 0; i < count; i++) {
                    into[at + i] = Float.float16ToFloat(source.get(LittleEndian.I16, (from + i) * Short.BYTES));
                }
            }
            case F64, I64, I32, I16, I8, U8, BOOL ->
                throw new IllegalArgumentException(dtype + " is not F32, BF16 or F16");
        }
    }

    /**
     * Writes {@code values[at…at + count]} to elements {@code to…} of {@code target}, rounded once.
     *
     * @param dtype F32, BF16 or F16, little-endian
     * @throws IllegalArgumentException for another type
     */
    public static void narrow(float[] values, int at, int count, MemorySegment target, DType dtype, long to) {
        switch (dtype) {
            case F32 -> MemorySegment.copy(values, at, target, LittleEndian.F32, to * Float.BYTES, count);
            case BF16 -> {
                for (int i = 0; i < count; i++) {
                    target.set(LittleEndian.I16, (to + i) * Short.BYTES, floatToBf16(values[at + i]));
                }
            }
            case F16 -> {
                for (int i = 0; i < count; i++) {
                    target.set(LittleEndian.I16, (to + i) * Short.BYTES, Float.floatToFloat16(values[at + i]));
                }
            }
            case F64, I64, I32, I16, I8, U8, BOOL ->
                throw new IllegalArgumentException(dtype + " is not F32, BF16 or F16");
        }
    }

    /**
     * Rounds {@code values[at…at + count]} to the nearest values of a type, ties to even.
     *
     * @param dtype F32 (changes nothing), BF16 or F16
     * @throws IllegalArgumentException for another type
     */
    public static void round(DType dtype, float[] values, int at, int count) {
        switch (dtype) {
            case F32 -> {}
            case BF16 -> {
                for (int i = at; i < at + count; i++) {
                    values[i] = bf16ToFloat(floatToBf16(values[i]));
                }
            }
            case F16 -> {
                for (int i = at; i < at + count; i++) {
                    values[i] = Float.float16ToFloat(Float.floatToFloat16(values[i]));
                }
            }
            case F64, I64, I32, I16, I8, U8, BOOL ->
                throw new IllegalArgumentException(dtype + " is not F32, BF16 or F16");
        }
    }
}
