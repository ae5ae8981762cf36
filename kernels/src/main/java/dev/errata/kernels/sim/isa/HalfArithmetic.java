package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.machine.Step;
import dev.errata.kernels.sim.ptx.Instruction;
import dev.errata.kernels.sim.ptx.PtxException;
import dev.errata.kernels.sim.ptx.PtxType;

/** "Half Precision Floating-Point Instructions": f16, bf16, and two of them in one register. */
final class HalfArithmetic {
    private HalfArithmetic() {}

    static Step add(Instruction in, Operands o) {
        return binary(in, o, half(in).onBits((a, b) -> PtxRounding.addToOdd(a, b)));
    }

    static Step sub(Instruction in, Operands o) {
        return binary(in, o, half(in).onBits((a, b) -> PtxRounding.addToOdd(a, -b)));
    }

    static Step mul(Instruction in, Operands o) {
        return binary(in, o, half(in).onBits((a, b) -> a * b));
    }

    static Step fma(Instruction in, Operands o) {
        Half half = half(in);
        Scalar.Ternary f = half.onBits((a, b, c) -> PtxRounding.addToOdd(a * b, c));
        boolean ftz = in.has("ftz");
        Scalar.Ternary flushing = ftz ? (a, b, c) -> half.flush(f.of(half.flush(a), half.flush(b), half.flush(c))) : f;
        Scalar.Unary after = after(in);
        Scalar.Ternary whole = (a, b, c) -> after.of(flushing.of(a, b, c));
        return o.ternary(in.type(), isPacked(in) ? Words.packed(whole) : whole);
    }

    static Step abs(Instruction in, Operands o) {
        return unary(in, o, a -> a & 0x7FFF);
    }

    static Step neg(Instruction in, Operands o) {
        return unary(in, o, a -> a ^ 0x8000);
    }

    static Step min(Instruction in, Operands o) {
        return extreme(in, o, true);
    }

    static Step max(Instruction in, Operands o) {
        return extreme(in, o, false);
    }

    private static Step extreme(Instruction in, Operands o, boolean smaller) {
        Half half = half(in);
        boolean nan = in.has("NaN");
        if (in.has("xorsign")) {
            return binary(
                    in,
                    o,
                    (a, b) -> half.narrow(FloatArithmetic.extreme(
                                    half.widen(a & 0x7FFF), half.widen(b & 0x7FFF), smaller, nan))
                            ^ ((a ^ b) & 0x8000));
        }
        return binary(
                in, o, (a, b) -> half.narrow(FloatArithmetic.extreme(half.widen(a), half.widen(b), smaller, nan)));
    }

    private static Half half(Instruction in) {
        return Half.of(in.type());
    }

    private static boolean isPacked(Instruction in) {
        return switch (in.type()) {
            case F16X2, BF16X2 -> true;
            case F16, BF16 -> false;
            default -> throw PtxException.unknown(in);
        };
    }

    private static Step unary(Instruction in, Operands o, Scalar.Unary f) {
        Half half = half(in);
        Scalar.Unary whole = in.has("ftz") ? a -> half.flush(f.of(a)) : f;
        return o.unary(in.type(), isPacked(in) ? Words.packed(whole) : whole);
    }

    private static Step binary(Instruction in, Operands o, Scalar.Binary f) {
        Half half = half(in);
        Scalar.Binary flushing = in.has("ftz") ? (a, b) -> half.flush(f.of(half.flush(a), half.flush(b))) : f;
        Scalar.Unary after = after(in);
        Scalar.Binary whole = (a, b) -> after.of(flushing.of(a, b));
        PtxType type = in.type();
        return o.binary(type, isPacked(in) ? Words.packed(whole) : whole);
    }

    /** What {@code .sat} and {@code .relu} do with a result. */
    private static Scalar.Unary after(Instruction in) {
        Half half = half(in);
        if (in.has("sat")) {
            return a -> half.narrow(FloatArithmetic.saturate(half.widen(a)));
        }
        if (in.has("relu")) {
            return a -> Float.isNaN(half.widen(a)) ? 0x7FFF : half.narrow(Math.max(half.widen(a), 0f));
        }
        return a -> a;
    }
}
