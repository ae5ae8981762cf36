package dev.errata.kernels.sim.isa;

import static dev.errata.kernels.sim.isa.Words.float32;
import static dev.errata.kernels.sim.isa.Words.float64;

import dev.errata.kernels.sim.machine.Step;
import dev.errata.kernels.sim.ptx.Instruction;
import dev.errata.kernels.sim.ptx.PtxType;
import java.math.BigDecimal;

/**
 * "Floating-Point Instructions" on f32 and f64. Results that aren't numbers keep whatever NaN the host makes; only
 * {@code min} and {@code max} promise one.
 */
final class FloatArithmetic {
    private FloatArithmetic() {}

    static Step add(Instruction in, Operands o) {
        PtxRounding mode = PtxRounding.of(in);
        if (in.type() == PtxType.F64) {
            return o.binary(
                    PtxType.F64,
                    mode == PtxRounding.NEAREST_EVEN ? float64((a, b) -> a + b) : float64((a, b) -> sum(mode, a, b)));
        }
        return f32(
                in,
                o,
                mode == PtxRounding.NEAREST_EVEN
                        ? (a, b) -> a + b
                        : (a, b) -> mode.toFloat(zeroSum(mode, a, b, PtxRounding.addToOdd(a, b))));
    }

    static Step sub(Instruction in, Operands o) {
        PtxRounding mode = PtxRounding.of(in);
        if (in.type() == PtxType.F64) {
            return o.binary(
                    PtxType.F64,
                    mode == PtxRounding.NEAREST_EVEN ? float64((a, b) -> a - b) : float64((a, b) -> sum(mode, a, -b)));
        }
        return f32(
                in,
                o,
                mode == PtxRounding.NEAREST_EVEN
                        ? (a, b) -> a - b
                        : (a, b) -> mode.toFloat(zeroSum(mode, a, -b, PtxRounding.addToOdd(a, -b))));
    }

    static Step mul(Instruction in, Operands o) {
        PtxRounding mode = PtxRounding.of(in);
        if (in.type() == PtxType.F64) {
            return o.binary(
                    PtxType.F64,
                    mode == PtxRounding.NEAREST_EVEN
                            ? float64((a, b) -> a * b)
                            : float64((a, b) -> {
                                double nearest = a * b;
                                return finite(a) && finite(b)
                                        ? mode.exact(new BigDecimal(a).multiply(new BigDecimal(b)), nearest)
                                        : nearest;
                            }));
        }
        return f32(
                in,
                o,
                mode == PtxRounding.NEAREST_EVEN ? (a, b) -> a * b : (a, b) -> mode.toFloat((double) a * (double) b));
    }

    /** {@code fma}, and {@code mad} which is the same for floating-point numbers. */
    static Step fma(Instruction in, Operands o) {
        PtxRounding mode = PtxRounding.of(in);
        if (in.type() == PtxType.F64) {
            return o.ternary(
                    PtxType.F64,
                    mode == PtxRounding.NEAREST_EVEN
                            ? float64((a, b, c) -> Math.fma(a, b, c))
                            : float64((a, b, c) -> fma(mode, a, b, c)));
        }
        Words.FloatTernary f = mode == PtxRounding.NEAREST_EVEN
                ? (a, b, c) -> Math.fma(a, b, c)
                : (a, b, c) -> mode.toFloat(
                        zeroSum(mode, (double) a * b, c, PtxRounding.addToOdd((double) a * (double) b, c)));
        boolean ftz = in.has("ftz");
        boolean sat = in.has("sat");
        return o.ternary(
                PtxType.F32,
                !ftz && !sat
                        ? float32(f)
                        : float32((a, b, c) -> {
                            float r = ftz ? flush(f.of(flush(a), flush(b), flush(c))) : f.of(a, b, c);
                            return sat ? saturate(r) : r;
                        }));
    }

    private static double fma(PtxRounding mode, double a, double b, double c) {
        double nearest = Math.fma(a, b, c);
        return finite(a) && finite(b) && finite(c)
                ? mode.exact(new BigDecimal(a).multiply(new BigDecimal(b)).add(new BigDecimal(c)), nearest)
                : nearest;
    }

    /** {@code .rn} and its kin, {@code .approx} and {@code .full}: all rounded correctly. */
    static Step div(Instruction in, Operands o) {
        PtxRounding mode = PtxRounding.of(in);
        if (in.type() == PtxType.F64) {
            return o.binary(PtxType.F64, float64((a, b) -> quotient(mode, a, b, a / b)));
        }
        return f32(
                in,
                o,
                mode == PtxRounding.NEAREST_EVEN ? (a, b) -> a / b : (a, b) -> mode.toFloat(quotientToOdd(a, b)));
    }

    /** A quotient of floats has at most 24 bits or never ends, so the next bits of a double tell how to round. */
    private static double quotientToOdd(float a, float b) {
        double q = (double) a / (double) b;
        if (!finite(q) || q == 0 || (q * b == a && Math.fma(q, b, -(double) a) == 0)) {
            return q;
        }
        double rest = -Math.fma(q, b, -(double) a) / b;
        if ((Double.doubleToRawLongBits(q) & 1) != 0) {
            return q;
        }
        return Double.longBitsToDouble(Double.doubleToRawLongBits(q) + (rest > 0 == q > 0 ? 1 : -1));
    }

    private static double quotient(PtxRounding mode, double a, double b, double nearest) {
        return mode != PtxRounding.NEAREST_EVEN && finite(a) && finite(b) && b != 0
                ? mode.exact(new BigDecimal(a).divide(new BigDecimal(b), PtxRounding.WIDE), nearest)
                : nearest;
    }

    static Step rcp(Instruction in, Operands o) {
        PtxRounding mode = PtxRounding.of(in);
        if (in.type() == PtxType.F64) {
            return o.unary(PtxType.F64, float64(a -> quotient(mode, 1, a, 1 / a)));
        }
        return f32(in, o, mode == PtxRounding.NEAREST_EVEN ? a -> 1 / a : a -> mode.toFloat(quotientToOdd(1, a)));
    }

    static Step sqrt(Instruction in, Operands o) {
        PtxRounding mode = PtxRounding.of(in);
        if (in.type() == PtxType.F64) {
            return o.unary(
                    PtxType.F64,
                    float64(a -> finite(a) && a > 0 && mode != PtxRounding.NEAREST_EVEN
                            ? mode.exact(new BigDecimal(a).sqrt(PtxRounding.WIDE), Math.sqrt(a))
                            : Math.sqrt(a)));
        }
        return f32(in, o, a -> mode.toFloat(Math.sqrt(a)));
    }

    static Step abs(Instruction in, Operands o) {
        return in.type() == PtxType.F64
                ? o.unary(PtxType.F64, a -> a & Long.MAX_VALUE)
                : o.unary(PtxType.F32, flushed(in, a -> a & 0x7FFF_FFFFL));
    }

    static Step neg(Instruction in, Operands o) {
        return in.type() == PtxType.F64
                ? o.unary(PtxType.F64, a -> a ^ Long.MIN_VALUE)
                : o.unary(PtxType.F32, flushed(in, a -> a ^ 0x8000_0000L));
    }

    private static Scalar.Unary flushed(Instruction in, Scalar.Unary f) {
        return in.has("ftz") ? a -> f.of(Words.bits(flush(Words.f32(a)))) : f;
    }

    /** The sign of a with the magnitude of b. */
    static Step copysign(Instruction in, Operands o) {
        return in.type() == PtxType.F64
                ? o.binary(PtxType.F64, (a, b) -> (a & Long.MIN_VALUE) | (b & Long.MAX_VALUE))
                : o.binary(PtxType.F32, (a, b) -> (a & 0x8000_0000L) | (b & 0x7FFF_FFFFL));
    }

    static Step min(Instruction in, Operands o) {
        return extreme(in, o, true);
    }

    static Step max(Instruction in, Operands o) {
        return extreme(in, o, false);
    }

    /** The other number where one isn't one, unless {@code .NaN}; of magnitudes with {@code .xorsign.abs}. */
    private static Step extreme(Instruction in, Operands o, boolean smaller) {
        if (in.type() == PtxType.F64) {
            return o.binary(PtxType.F64, float64((a, b) -> extreme(a, b, smaller)));
        }
        boolean nan = in.has("NaN");
        boolean xorsign = in.has("xorsign");
        return f32(in, o, (a, b) -> {
            float x = xorsign ? Math.abs(a) : a;
            float y = xorsign ? Math.abs(b) : b;
            float r = extreme(x, y, smaller, nan);
            boolean negative = (Float.floatToRawIntBits(a) ^ Float.floatToRawIntBits(b)) < 0;
            return xorsign && negative ? -r : r;
        });
    }

    static float extreme(float a, float b, boolean smaller, boolean keepsNan) {
        boolean noA = Float.isNaN(a);
        boolean noB = Float.isNaN(b);
        if (noA || noB) {
            return keepsNan || (noA && noB) ? Float.intBitsToFloat(0x7FFF_FFFF) : noA ? b : a;
        }
        return smaller ? Math.min(a, b) : Math.max(a, b);
    }

    private static double extreme(double a, double b, boolean smaller) {
        if (Double.isNaN(a)) {
            return b;
        }
        if (Double.isNaN(b)) {
            return a;
        }
        return smaller ? Math.min(a, b) : Math.max(a, b);
    }

    /** A step on f32 with what {@code .ftz} and {@code .sat} ask for. */
    static Step f32(Instruction in, Operands o, Words.FloatUnary f) {
        boolean ftz = in.has("ftz");
        boolean sat = in.has("sat");
        return o.unary(
                PtxType.F32,
                !ftz && !sat
                        ? float32(f)
                        : float32(a -> {
                            float r = ftz ? flush(f.of(flush(a))) : f.of(a);
                            return sat ? saturate(r) : r;
                        }));
    }

    static Step f32(Instruction in, Operands o, Words.FloatBinary f) {
        boolean ftz = in.has("ftz");
        boolean sat = in.has("sat");
        return o.binary(
                PtxType.F32,
                !ftz && !sat
                        ? float32(f)
                        : float32((a, b) -> {
                            float r = ftz ? flush(f.of(flush(a), flush(b))) : f.of(a, b);
                            return sat ? saturate(r) : r;
                        }));
    }

    /** Subnormal numbers become zeros of their sign. */
    static float flush(float x) {
        return Math.abs(x) < Float.MIN_NORMAL ? Math.copySign(0f, x) : x;
    }

    /** Between 0 and 1; 0 for what isn't a number. */
    static float saturate(float x) {
        return x > 0 ? Math.min(x, 1) : 0;
    }

    /** An exact sum of zero is -0 when rounding down, unless both are +0. */
    private static double zeroSum(PtxRounding mode, double a, double b, double sum) {
        return sum == 0 && mode == PtxRounding.DOWN && (a != 0 || 1 / a != 1 / b) ? -0.0 : sum;
    }

    private static double sum(PtxRounding mode, double a, double b) {
        double nearest = a + b;
        return finite(a) && finite(b)
                ? zeroSum(mode, a, b, mode.exact(new BigDecimal(a).add(new BigDecimal(b)), nearest))
                : nearest;
    }

    private static boolean finite(double x) {
        return Math.abs(x) <= Double.MAX_VALUE;
    }
}
