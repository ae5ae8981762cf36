package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.ptx.Instruction;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/** The rounding modifiers of floating-point instructions, and sums and products rounded by them. */
enum PtxRounding {
    NEAREST_EVEN,
    TOWARD_ZERO,
    DOWN,
    UP,
    /** Ties go away from zero ({@code rna}). */
    NEAREST_AWAY;

    static PtxRounding of(Instruction in) {
        String mode = in.anyOf("rn", "rz", "rm", "rp", "rna");
        return switch (mode == null ? "rn" : mode) {
            case "rz" -> TOWARD_ZERO;
            case "rm" -> DOWN;
            case "rp" -> UP;
            case "rna" -> NEAREST_AWAY;
            default -> NEAREST_EVEN;
        };
    }

    /** A whole number. */
    double toWhole(double x) {
        return switch (this) {
            case NEAREST_EVEN -> Math.rint(x);
            case TOWARD_ZERO -> x < 0 ? Math.ceil(x) : Math.floor(x);
            case DOWN -> Math.floor(x);
            case UP -> Math.ceil(x);
            case NEAREST_AWAY -> {
                double floor = Math.floor(Math.abs(x));
                yield Math.copySign(Math.abs(x) - floor >= 0.5 ? floor + 1 : floor, x);
            }
        };
    }

    /**
     * Rounds to a narrower binary format.
     *
     * @param x exact, or rounded to odd, so that rounding once more is right
     * @param precision bits of the significand, the hidden one included
     * @param least exponent of the smallest normal number
     * @param greatest largest finite number
     */
    double to(double x, int precision, int least, double greatest) {
        if (x == 0 || Double.isNaN(x) || Double.isInfinite(x)) {
            return x;
        }
        int exponent = Math.max(Math.getExponent(x), least);
        double quantum = Math.scalb(1.0, exponent - precision + 1);
        double rounded = Math.copySign(toWhole(x / quantum) * quantum, x);
        if (Math.abs(rounded) <= greatest) {
            return rounded;
        }
        boolean inward = this == TOWARD_ZERO || (this == DOWN && x > 0) || (this == UP && x < 0);
        return Math.copySign(inward ? greatest : Double.POSITIVE_INFINITY, x);
    }

    float toFloat(double x) {
        return this == NEAREST_EVEN ? (float) x : (float) to(x, 24, -126, Float.MAX_VALUE);
    }

    /** a + b rounded to odd: the last bit tells that something was cut off (Boldo and Melquiond 2008). */
    static double addToOdd(double a, double b) {
        double sum = a + b;
        if (Double.isInfinite(sum) || Double.isNaN(sum)) {
            return sum;
        }
        double part = sum - a;
        double error = (a - (sum - part)) + (b - part);
        if (error == 0 || (Double.doubleToRawLongBits(sum) & 1) != 0) {
            return sum;
        }
        return error > 0 == sum > 0
                ? Double.longBitsToDouble(Double.doubleToRawLongBits(sum) + 1)
                : Double.longBitsToDouble(Double.doubleToRawLongBits(sum) - 1);
    }

    /** An exact result as a double; for finite numbers only. */
    double exact(BigDecimal value, double nearest) {
        if (value.signum() == 0 || Double.isInfinite(nearest) || this == NEAREST_EVEN) {
            return nearest;
        }
        int side = value.compareTo(new BigDecimal(nearest));
        return switch (this) {
            case DOWN -> side < 0 ? Math.nextDown(nearest) : nearest;
            case UP -> side > 0 ? Math.nextUp(nearest) : nearest;
            case TOWARD_ZERO -> {
                if (value.signum() > 0) {
                    yield side < 0 ? Math.nextDown(nearest) : nearest;
                }
                yield side > 0 ? Math.nextUp(nearest) : nearest;
            }
            default -> nearest;
        };
    }

    /** A quotient or root to more bits than a double has, for {@link #exact}. */
    static final MathContext WIDE = new MathContext(60, RoundingMode.DOWN);
}
