package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.machine.Step;
import dev.errata.kernels.sim.ptx.Instruction;
import dev.errata.kernels.sim.ptx.PtxException;
import dev.errata.kernels.sim.ptx.PtxType;

/** {@code cvt}: between all integer and floating-point types. */
final class Conversions {
    private Conversions() {}

    static Step cvt(Instruction in, Operands o) {
        if (in.types().size() != 2 || in.has("pack")) {
            throw PtxException.unknown(in);
        }
        PtxType to = in.types().get(0);
        PtxType from = in.types().get(1);
        if (to == PtxType.F16X2 || to == PtxType.BF16X2) {
            return twoHalves(in, o, to, from);
        }
        int width = o.width(0, to);
        Scalar.Unary f = to.isFloat()
                ? from.isFloat() ? betweenFloats(in, to, from) : toFloat(in, to, from)
                : from.isFloat() ? toInteger(in, to, from) : betweenIntegers(in, to, from);
        boolean extends_ = !to.isFloat() && to.isSigned() && width > to.bits();
        Scalar.Unary whole = extends_ ? a -> Words.truncate(Words.number(f.of(a), to), width) : f;
        return LaneSteps.unary(in.opcode() + " to " + width, whole, o.result(0), o.value(1, from));
    }

    /** {@code cvt.f16x2.f32 d, a, b}: a in the upper half. */
    private static Step twoHalves(Instruction in, Operands o, PtxType to, PtxType from) {
        if (from != PtxType.F32) {
            throw PtxException.unknown(in);
        }
        Scalar.Unary one = fromFloat32(in, Half.of(to));
        return o.binary(PtxType.F32, (a, b) -> one.of(a) << 16 | one.of(b));
    }

    private static Scalar.Unary fromFloat32(Instruction in, Half half) {
        PtxRounding mode = PtxRounding.of(in);
        boolean relu = in.has("relu");
        boolean finite = in.has("satfinite");
        if (mode == PtxRounding.NEAREST_EVEN && !relu && !finite) {
            return a -> half.narrow(Words.f32(a));
        }
        return a -> {
            float x = Words.f32(a);
            float kept = relu && !Float.isNaN(x) ? Math.max(x, 0f) : x;
            long bits = half.narrow(kept, mode);
            boolean infinite = Float.isInfinite(half.widen(bits));
            return finite && infinite ? bits - 1 : bits;
        };
    }

    private static Scalar.Unary betweenFloats(Instruction in, PtxType to, PtxType from) {
        boolean sat = in.has("sat");
        boolean ftz = in.has("ftz");
        String whole = in.anyOf("rni", "rzi", "rmi", "rpi");
        PtxRounding mode = whole == null ? PtxRounding.of(in) : wholeMode(whole);
        if ((to == PtxType.F32 && from == PtxType.F32) || (to == PtxType.F64 && from == PtxType.F64) || whole != null) {
            return a -> {
                double x = widen(a, from, ftz);
                double r = whole == null ? x : Math.copySign(mode.toWhole(x), x);
                return narrow(sat ? saturate(r) : r, to, PtxRounding.NEAREST_EVEN, ftz);
            };
        }
        if (to == PtxType.TF32) {
            return a -> Words.bits((float) mode.to(Words.f32(a), 11, -126, 0x1.FFCp127));
        }
        if ((to == PtxType.F16 && from == PtxType.F32) || (to == PtxType.BF16 && from == PtxType.F32)) {
            Scalar.Unary f = fromFloat32(in, Half.of(to));
            return sat ? a -> f.of(Words.bits(FloatArithmetic.saturate(Words.f32(a)))) : f;
        }
        return a -> {
            double x = widen(a, from, ftz);
            return narrow(sat ? saturate(x) : x, to, mode, ftz);
        };
    }

    private static double saturate(double x) {
        return x > 0 ? Math.min(x, 1) : 0;
    }

    private static PtxRounding wholeMode(String modifier) {
        return switch (modifier) {
            case "rzi" -> PtxRounding.TOWARD_ZERO;
            case "rmi" -> PtxRounding.DOWN;
            case "rpi" -> PtxRounding.UP;
            default -> PtxRounding.NEAREST_EVEN;
        };
    }

    private static double widen(long bits, PtxType from, boolean ftz) {
        return switch (from) {
            case F64 -> Words.f64(bits);
            case F16 -> Half.F16.widen(bits);
            case BF16 -> Half.BF16.widen(bits);
            default -> ftz ? FloatArithmetic.flush(Words.f32(bits)) : Words.f32(bits);
        };
    }

    private static long narrow(double x, PtxType to, PtxRounding mode, boolean ftz) {
        return switch (to) {
            case F64 -> Words.bits(x);
            case F16 -> Half.F16.narrow(x, mode);
            case BF16 -> Half.BF16.narrow(x, mode);
            default -> Words.bits(ftz ? FloatArithmetic.flush(mode.toFloat(x)) : mode.toFloat(x));
        };
    }

    private static Scalar.Unary toFloat(Instruction in, PtxType to, PtxType from) {
        PtxRounding mode = PtxRounding.of(in);
        boolean sat = in.has("sat");
        return a -> {
            long n = Words.number(a, from);
            double high = from == PtxType.U64 ? (n >>> 32) * 0x1p32 : (double) (n >> 32) * 0x1p32;
            double odd = PtxRounding.addToOdd(high, (double) (n & Words.MASK_32));
            if (to == PtxType.F64) {
                double exact = mode == PtxRounding.NEAREST_EVEN
                        ? high + (n & Words.MASK_32)
                        : mode.exact(
                                new java.math.BigDecimal(high).add(new java.math.BigDecimal(n & Words.MASK_32)),
                                high + (n & Words.MASK_32));
                return Words.bits(sat ? saturate(exact) : exact);
            }
            return narrow(sat ? saturate(odd) : odd, to, mode, false);
        };
    }

    /** Out-of-range values go to the nearest end; what isn't a number becomes 0, of 64 bits the top bit alone. */
    private static Scalar.Unary toInteger(Instruction in, PtxType to, PtxType from) {
        String whole = in.anyOf("rni", "rzi", "rmi", "rpi");
        if (whole == null) {
            throw PtxException.unknown(in);
        }
        PtxRounding mode = wholeMode(whole);
        boolean ftz = in.has("ftz");
        int bits = to.bits();
        return a -> {
            double x = widen(a, from, ftz);
            if (Double.isNaN(x)) {
                return from == PtxType.F64 || bits == 64 ? 1L << (bits - 1) : 0;
            }
            double r = mode.toWhole(x);
            if (to.isSigned()) {
                double top = Math.scalb(1.0, bits - 1);
                return Words.truncate(
                        r >= top ? (1L << (bits - 1)) - 1 : r < -top ? -1L << (bits - 1) : (long) r, bits);
            }
            if (r <= 0) {
                return 0;
            }
            double top = Math.scalb(1.0, bits);
            return r >= top ? Words.truncate(-1, bits) : r >= 0x1p63 ? (long) (r - 0x1p63) ^ Long.MIN_VALUE : (long) r;
        };
    }

    private static Scalar.Unary betweenIntegers(Instruction in, PtxType to, PtxType from) {
        int bits = to.bits();
        if (!in.has("sat")) {
            return a -> Words.truncate(Words.number(a, from), bits);
        }
        long top = to.isSigned() ? (1L << (bits - 1)) - 1 : bits == 64 ? -1 : (1L << bits) - 1;
        long bottom = to.isSigned() ? -1L << (bits - 1) : 0;
        return a -> {
            long n = Words.number(a, from);
            if (from.isSigned()) {
                long r = n < bottom ? bottom : to == PtxType.U64 ? n : Math.min(n, top);
                return Words.truncate(r, bits);
            }
            return Words.truncate(Long.compareUnsigned(n, top) > 0 ? top : n, bits);
        };
    }
}
