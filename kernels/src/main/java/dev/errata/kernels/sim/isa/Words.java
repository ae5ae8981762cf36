package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.ptx.PtxType;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntBinaryOperator;
import java.util.function.IntUnaryOperator;
import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;

/** Operations on Java's numbers as operations on register bits. */
final class Words {
    static final long MASK_32 = 0xFFFF_FFFFL;
    static final long MASK_16 = 0xFFFFL;

    private Words() {}

    interface IntTernary {
        int of(int a, int b, int c);
    }

    interface LongTernary {
        long of(long a, long b, long c);
    }

    interface FloatUnary {
        float of(float a);
    }

    interface FloatBinary {
        float of(float a, float b);
    }

    interface FloatTernary {
        float of(float a, float b, float c);
    }

    interface DoubleBinary {
        double of(double a, double b);
    }

    interface DoubleTernary {
        double of(double a, double b, double c);
    }

    /** The bits of a value that a register of this width keeps. */
    static long truncate(long value, int bits) {
        return bits >= 64 ? value : value & (1L << bits) - 1;
    }

    /** The number that the lower bits of a register stand for. */
    static long number(long value, PtxType type) {
        int unused = 64 - type.bits();
        return type.isSigned() ? value << unused >> unused : value << unused >>> unused;
    }

    static float f32(long bits) {
        return Float.intBitsToFloat((int) bits);
    }

    static long bits(float value) {
        return Float.floatToRawIntBits(value) & MASK_32;
    }

    static double f64(long bits) {
        return Double.longBitsToDouble(bits);
    }

    static long bits(double value) {
        return Double.doubleToRawLongBits(value);
    }

    static Scalar.Unary int32(IntUnaryOperator f) {
        return a -> f.applyAsInt((int) a) & MASK_32;
    }

    static Scalar.Binary int32(IntBinaryOperator f) {
        return (a, b) -> f.applyAsInt((int) a, (int) b) & MASK_32;
    }

    static Scalar.Ternary int32(IntTernary f) {
        return (a, b, c) -> f.of((int) a, (int) b, (int) c) & MASK_32;
    }

    static Scalar.Unary int64(LongUnaryOperator f) {
        return f::applyAsLong;
    }

    static Scalar.Binary int64(LongBinaryOperator f) {
        return f::applyAsLong;
    }

    /**
     * On the numbers of an integer type of any width, kept to that width.
     */
    static Scalar.Unary integer(PtxType type, LongUnaryOperator f) {
        int bits = type.bits();
        return a -> truncate(f.applyAsLong(number(a, type)), bits);
    }

    static Scalar.Binary integer(PtxType type, LongBinaryOperator f) {
        int bits = type.bits();
        return (a, b) -> truncate(f.applyAsLong(number(a, type), number(b, type)), bits);
    }

    static Scalar.Ternary integer(PtxType type, LongTernary f) {
        int bits = type.bits();
        return (a, b, c) -> truncate(f.of(number(a, type), number(b, type), number(c, type)), bits);
    }

    static Scalar.Unary float32(FloatUnary f) {
        return a -> bits(f.of(f32(a)));
    }

    static Scalar.Binary float32(FloatBinary f) {
        return (a, b) -> bits(f.of(f32(a), f32(b)));
    }

    static Scalar.Ternary float32(FloatTernary f) {
        return (a, b, c) -> bits(f.of(f32(a), f32(b), f32(c)));
    }

    static Scalar.Unary float64(DoubleUnaryOperator f) {
        return a -> bits(f.applyAsDouble(f64(a)));
    }

    static Scalar.Binary float64(DoubleBinaryOperator f) {
        return (a, b) -> bits(f.applyAsDouble(f64(a), f64(b)));
    }

    static Scalar.Ternary float64(DoubleTernary f) {
        return (a, b, c) -> bits(f.of(f64(a), f64(b), f64(c)));
    }

    /** On both halves of a 32-bit register. */
    static Scalar.Unary packed(Scalar.Unary f) {
        return a -> f.of(a & MASK_16) | f.of(a >>> 16) << 16;
    }

    static Scalar.Binary packed(Scalar.Binary f) {
        return (a, b) -> f.of(a & MASK_16, b & MASK_16) | f.of(a >>> 16, b >>> 16) << 16;
    }

    static Scalar.Ternary packed(Scalar.Ternary f) {
        return (a, b, c) -> f.of(a & MASK_16, b & MASK_16, c & MASK_16) | f.of(a >>> 16, b >>> 16, c >>> 16) << 16;
    }
}
