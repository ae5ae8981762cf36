package dev.errata.tensor;

/** The nearest value of a narrower type, as a float; ties go to the even one, infinities and NaN stay what they are. */
public final class Rounding {
    private Rounding() {}

    /** To BF16: a float's upper 16 bits. */
    public static float bf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        int rounded = Float.isNaN(value) ? bits | 0x0040_0000 : bits + 0x7FFF + (bits >>> 16 & 1);
        return Float.intBitsToFloat(rounded & 0xFFFF_0000);
    }

    /** To BF16, in its 16 bits. */
    public static short bf16Bits(float value) {
        return (short) (Float.floatToRawIntBits(bf16(value)) >>> 16);
    }

    /** To F16. */
    public static float f16(float value) {
        return Float.float16ToFloat(Float.floatToFloat16(value));
    }

    /**
     * To the type named.
     *
     * @throws IllegalArgumentException if it isn't F32, BF16 or F16
     */
    public static float to(DType dtype, float value) {
        return switch (dtype) {
            case F32 -> value;
            case BF16 -> bf16(value);
            case F16 -> f16(value);
            case F64, I64, I32, I16, I8, U8, BOOL ->
                throw new IllegalArgumentException(dtype + " is not F32, BF16 or F16");
        };
    }
}
