package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.ptx.PtxType;

/** The two floating-point formats of 16 bits. */
enum Half {
    F16(11, -14, 65504.0),
    BF16(8, -126, 0x1.FEp127);

    private final int precision;
    private final int leastExponent;
    private final double greatest;

    Half(int precision, int leastExponent, double greatest) {
        this.precision = precision;
        this.leastExponent = leastExponent;
        this.greatest = greatest;
    }

    /** The format of a type, or of the halves of a packed one. */
    static Half of(PtxType type) {
        return switch (type) {
            case F16, F16X2 -> F16;
            case BF16, BF16X2 -> BF16;
            default -> throw new IllegalArgumentException(type.ptx());
        };
    }

    float widen(long bits) {
        return this == BF16 ? Float.intBitsToFloat((int) bits << 16) : Float.float16ToFloat((short) bits);
    }

    /** To nearest, ties to even; what isn't a number becomes 0x7FFF. */
    long narrow(float x) {
        if (Float.isNaN(x)) {
            return 0x7FFF;
        }
        if (this == F16) {
            return Float.floatToFloat16(x) & Words.MASK_16;
        }
        int bits = Float.floatToRawIntBits(x);
        return (bits + 0x7FFF + (bits >>> 16 & 1)) >>> 16 & Words.MASK_16;
    }

    /**
     * @param x exact, or rounded to odd
     */
    long narrow(double x, PtxRounding mode) {
        if (Double.isNaN(x)) {
            return 0x7FFF;
        }
        double rounded = mode.to(x, precision, leastExponent, greatest);
        return this == BF16
                ? Float.floatToRawIntBits((float) rounded) >>> 16
                : Float.floatToFloat16((float) rounded) & Words.MASK_16;
    }

    Scalar.Unary onBits(Words.FloatUnary f) {
        return a -> narrow(f.of(widen(a)));
    }

    /** f is exact or rounded to odd. */
    Scalar.Binary onBits(Words.DoubleBinary f) {
        return (a, b) -> narrow(f.of(widen(a), widen(b)), PtxRounding.NEAREST_EVEN);
    }

    Scalar.Ternary onBits(Words.DoubleTernary f) {
        return (a, b, c) -> narrow(f.of(widen(a), widen(b), widen(c)), PtxRounding.NEAREST_EVEN);
    }

    /** Subnormal numbers become zeros of their sign. */
    long flush(long bits) {
        long magnitude = bits & 0x7FFF;
        long leastNormal = this == BF16 ? 0x80 : 0x400;
        return magnitude < leastNormal ? bits & 0x8000 : bits;
    }
}
