package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.machine.Step;
import dev.errata.kernels.sim.ptx.Instruction;
import dev.errata.kernels.sim.ptx.PtxException;
import dev.errata.kernels.sim.ptx.PtxType;

/**
 * The {@code .approx} instructions. The hardware's results are off by a few units in the last place, in ways that NVIDIA
 * doesn't tell; here they are those of double precision, rounded.
 */
final class ApproximateMath {
    /** Taylor coefficients of 2^x: ln(2)^n / n!. */
    private static final double[] EXP2 = new double[13];

    static {
        double term = 1;
        for (int n = 0; n < EXP2.length; n++) {
            EXP2[n] = term;
            term *= StrictMath.log(2) / (n + 1);
        }
    }

    private ApproximateMath() {}

    static Step ex2(Instruction in, Operands o) {
        return onFloats(in, o, ApproximateMath::exp2);
    }

    static float exp2(float x) {
        if (!(Math.abs(x) < 256)) {
            return x < 0 ? 0 : x > 0 ? Float.POSITIVE_INFINITY : x;
        }
        double whole = Math.rint(x);
        double rest = x - whole;
        double sum = EXP2[12];
        for (int n = 11; n >= 0; n--) {
            sum = sum * rest + EXP2[n];
        }
        return (float) (sum * Double.longBitsToDouble((long) (whole + 1023) << 52));
    }

    static Step lg2(Instruction in, Operands o) {
        double scale = 1 / StrictMath.log(2);
        return onFloats(in, o, x -> {
            int exponent = Math.getExponent(x);
            // Powers of two have whole logarithms, also where the scaled one is off by a rounding.
            return x > 0 && x == Math.scalb(1f, exponent) ? exponent : (float) (StrictMath.log(x) * scale);
        });
    }

    static Step sin(Instruction in, Operands o) {
        return onFloats(in, o, x -> (float) StrictMath.sin(x));
    }

    static Step cos(Instruction in, Operands o) {
        return onFloats(in, o, x -> (float) StrictMath.cos(x));
    }

    static Step tanh(Instruction in, Operands o) {
        return onFloats(in, o, x -> (float) StrictMath.tanh(x));
    }

    static Step rsqrt(Instruction in, Operands o) {
        return in.type() == PtxType.F64
                ? o.unary(PtxType.F64, Words.float64(x -> 1 / Math.sqrt(x)))
                : onFloats(in, o, x -> (float) (1 / Math.sqrt(x)));
    }

    private static Step onFloats(Instruction in, Operands o, Words.FloatUnary f) {
        return switch (in.type()) {
            case F32 -> FloatArithmetic.f32(in, o, f);
            case F16, BF16 -> o.unary(in.type(), Half.of(in.type()).onBits(f));
            case F16X2, BF16X2 ->
                o.unary(in.type(), Words.packed(Half.of(in.type()).onBits(f)));
            default -> throw PtxException.unknown(in);
        };
    }
}
