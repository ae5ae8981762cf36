package dev.errata.kernels.sim.isa;

import static dev.errata.kernels.sim.isa.Words.integer;

import dev.errata.kernels.sim.machine.Step;
import dev.errata.kernels.sim.ptx.Instruction;
import dev.errata.kernels.sim.ptx.PtxException;
import dev.errata.kernels.sim.ptx.PtxType;

/** "Integer Arithmetic Instructions". Values arrive as Java longs, already extended by their type's sign. */
final class IntegerArithmetic {
    private IntegerArithmetic() {}

    static Step add(Instruction in, Operands o) {
        PtxType t = in.type();
        if (t == PtxType.U16X2 || t == PtxType.S16X2) {
            return o.binary(t, Words.packed(integer(half(t), (long a, long b) -> a + b)));
        }
        if (in.has("sat")) {
            return o.binary(PtxType.S32, integer(PtxType.S32, (a, b) -> clamp32(a + b)));
        }
        return o.binary(t, t.bits() == 32 ? Words.int32((a, b) -> a + b) : integer(t, (long a, long b) -> a + b));
    }

    static Step sub(Instruction in, Operands o) {
        PtxType t = in.type();
        if (in.has("sat")) {
            return o.binary(PtxType.S32, integer(PtxType.S32, (a, b) -> clamp32(a - b)));
        }
        return o.binary(t, t.bits() == 32 ? Words.int32((a, b) -> a - b) : integer(t, (long a, long b) -> a - b));
    }

    static Step mul(Instruction in, Operands o) {
        PtxType t = in.type();
        if (in.has("wide")) {
            return LaneSteps.binary(in.opcode(), wide(t), o.result(0), o.value(1, t), o.value(2, t));
        }
        if (in.has("hi")) {
            return o.binary(t, integer(t, (a, b) -> high(t, a, b)));
        }
        if (!in.has("lo")) {
            throw PtxException.unknown(in);
        }
        return o.binary(t, t.bits() == 32 ? Words.int32((a, b) -> a * b) : integer(t, (long a, long b) -> a * b));
    }

    /** The whole product of two 16- or 32-bit numbers. */
    private static Scalar.Binary wide(PtxType t) {
        int bits = 2 * t.bits();
        return switch (t) {
            case S32 -> (a, b) -> (long) (int) a * (int) b;
            case U32 -> (a, b) -> a * b;
            default -> (a, b) -> Words.truncate(Words.number(a, t) * Words.number(b, t), bits);
        };
    }

    private static long high(PtxType t, long a, long b) {
        return switch (t) {
            case S64 -> Math.multiplyHigh(a, b);
            case U64 -> Math.unsignedMultiplyHigh(a, b);
            default -> (a * b) >> t.bits();
        };
    }

    static Step mad(Instruction in, Operands o) {
        PtxType t = in.type();
        if (in.has("wide")) {
            PtxType sum = PtxType.named((t.isSigned() ? "s" : "u") + 2 * t.bits());
            Scalar.Binary product = wide(t);
            int bits = sum.bits();
            return LaneSteps.ternary(
                    in.opcode(),
                    (a, b, c) -> Words.truncate(product.of(a, b) + c, bits),
                    o.result(0),
                    o.value(1, t),
                    o.value(2, t),
                    o.value(3, sum));
        }
        if (in.has("hi")) {
            boolean saturates = in.has("sat");
            return o.ternary(t, integer(t, (a, b, c) -> {
                long sum = high(t, a, b) + c;
                return saturates ? clamp32(sum) : sum;
            }));
        }
        if (!in.has("lo")) {
            throw PtxException.unknown(in);
        }
        return o.ternary(
                t,
                t.bits() == 32
                        ? Words.int32((a, b, c) -> a * b + c)
                        : integer(t, (long a, long b, long c) -> a * b + c));
    }

    /** Of 24-bit numbers; {@code hi} are bits 16 to 47 of the product. */
    static Step mul24(Instruction in, Operands o) {
        PtxType t = in.type();
        int shift = in.has("hi") ? 16 : 0;
        return o.binary(t, (a, b) -> (low24(a, t) * low24(b, t)) >> shift & Words.MASK_32);
    }

    static Step mad24(Instruction in, Operands o) {
        PtxType t = in.type();
        int shift = in.has("hi") ? 16 : 0;
        boolean saturates = in.has("sat");
        return o.ternary(t, (a, b, c) -> {
            long sum = (int) ((low24(a, t) * low24(b, t)) >> shift) + Words.number(c, t);
            return (saturates ? clamp32(sum) : sum) & Words.MASK_32;
        });
    }

    private static long low24(long value, PtxType t) {
        return t.isSigned() ? value << 40 >> 40 : value << 40 >>> 40;
    }

    /** By zero all bits are ones, as on the hardware. */
    static Step div(Instruction in, Operands o) {
        PtxType t = in.type();
        return o.binary(t, integer(t, (a, b) -> b == 0 ? -1 : t.isSigned() ? a / b : Long.divideUnsigned(a, b)));
    }

    /** By zero the dividend remains. */
    static Step rem(Instruction in, Operands o) {
        PtxType t = in.type();
        return o.binary(t, integer(t, (a, b) -> b == 0 ? a : t.isSigned() ? a % b : Long.remainderUnsigned(a, b)));
    }

    static Step abs(Instruction in, Operands o) {
        return o.unary(in.type(), integer(in.type(), a -> Math.abs(a)));
    }

    static Step neg(Instruction in, Operands o) {
        return o.unary(in.type(), integer(in.type(), a -> -a));
    }

    static Step min(Instruction in, Operands o) {
        return extreme(in, o, true);
    }

    static Step max(Instruction in, Operands o) {
        return extreme(in, o, false);
    }

    private static Step extreme(Instruction in, Operands o, boolean smaller) {
        PtxType t = in.type();
        boolean relu = in.has("relu");
        if (t == PtxType.U16X2 || t == PtxType.S16X2) {
            return o.binary(t, Words.packed(integer(half(t), (a, b) -> extreme(half(t), smaller, relu, a, b))));
        }
        return o.binary(t, integer(t, (a, b) -> extreme(t, smaller, relu, a, b)));
    }

    private static long extreme(PtxType t, boolean smaller, boolean relu, long a, long b) {
        boolean less = t.isSigned() ? a < b : Long.compareUnsigned(a, b) < 0;
        long result = less == smaller ? a : b;
        return relu ? Math.max(result, 0) : result;
    }

    /** c + |a - b|. */
    static Step sad(Instruction in, Operands o) {
        PtxType t = in.type();
        return o.ternary(
                t, integer(t, (a, b, c) -> c + (extreme(t, false, false, a, b) - extreme(t, true, false, a, b))));
    }

    /** Four products of bytes, summed onto c. */
    static Step dp4a(Instruction in, Operands o) {
        PtxType a = in.types().getFirst();
        PtxType b = in.types().getLast();
        return o.ternary(PtxType.U32, Words.int32((x, y, c) -> {
            int sum = c;
            for (int i = 0; i < 32; i += 8) {
                sum += part(x, i, 8, a) * part(y, i, 8, b);
            }
            return sum;
        }));
    }

    /** Two 16-bit numbers of a times two bytes of b, summed onto c. */
    static Step dp2a(Instruction in, Operands o) {
        PtxType a = in.types().getFirst();
        PtxType b = in.types().getLast();
        int first = in.has("hi") ? 16 : 0;
        return o.ternary(
                PtxType.U32,
                Words.int32((x, y, c) ->
                        c + part(x, 0, 16, a) * part(y, first, 8, b) + part(x, 16, 16, a) * part(y, first + 8, 8, b)));
    }

    private static int part(int word, int from, int bits, PtxType t) {
        int high = word << (32 - bits - from);
        return t.isSigned() ? high >> (32 - bits) : high >>> (32 - bits);
    }

    private static long clamp32(long value) {
        return Math.clamp(value, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    private static PtxType half(PtxType packed) {
        return packed == PtxType.U16X2 ? PtxType.U16 : PtxType.S16;
    }
}
