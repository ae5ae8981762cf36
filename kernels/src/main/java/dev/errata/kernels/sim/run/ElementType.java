package dev.errata.kernels.sim.run;

import java.util.Locale;

/** Types of arguments, and how a text becomes their bits. */
public enum ElementType {
    U8(1),
    S8(1),
    U16(2),
    S16(2),
    BF16(2),
    F16(2),
    U32(4),
    S32(4),
    F32(4),
    U64(8),
    S64(8),
    F64(8);

    private final int bytes;

    ElementType(int bytes) {
        this.bytes = bytes;
    }

    /** The type of this name, as {@code f32}, or null. */
    static ElementType named(String name) {
        for (ElementType type : values()) {
            if (type.toString().equals(name)) {
                return type;
            }
        }
        return null;
    }

    public int bytes() {
        return bytes;
    }

    /**
     * The bits of a value, in the lower {@link #bytes}.
     *
     * @throws NumberFormatException if the text is no value of this type
     */
    long bits(String text) {
        return switch (this) {
            case F64 -> Double.doubleToRawLongBits(Double.parseDouble(text));
            case F32 -> Float.floatToRawIntBits(Float.parseFloat(text));
            case F16 -> Float.floatToFloat16(Float.parseFloat(text));
            case BF16 -> bf16(Float.parseFloat(text));
            default -> integer(text);
        };
    }

    private static long bf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        return Float.isNaN(value) ? 0x7FFF : (bits + 0x7FFF + (bits >>> 16 & 1)) >>> 16;
    }

    private long integer(String text) {
        boolean hex = text.startsWith("0x");
        boolean signed = this == S8 || this == S16 || this == S32 || this == S64;
        long value = hex
                ? Long.parseUnsignedLong(text.substring(2), 16)
                : signed ? Long.parseLong(text) : Long.parseUnsignedLong(text);
        int unused = 64 - 8 * bytes;
        long kept = signed && !hex ? value << unused >> unused : value << unused >>> unused;
        if (kept != value) {
            throw new NumberFormatException(text);
        }
        return value;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
