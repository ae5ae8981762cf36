package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.machine.Step;
import dev.errata.kernels.sim.ptx.Instruction;
import dev.errata.kernels.sim.ptx.PtxException;
import dev.errata.kernels.sim.ptx.PtxType;

/** "Logic and Shift Instructions", with those that count, find, move and permute bits. */
final class BitOperations {
    private BitOperations() {}

    static Step and(Instruction in, Operands o) {
        return in.type().isPredicate() ? Comparisons.logic(o, (a, b) -> a & b) : o.binary(in.type(), (a, b) -> a & b);
    }

    static Step or(Instruction in, Operands o) {
        return in.type().isPredicate() ? Comparisons.logic(o, (a, b) -> a | b) : o.binary(in.type(), (a, b) -> a | b);
    }

    static Step xor(Instruction in, Operands o) {
        return in.type().isPredicate() ? Comparisons.logic(o, (a, b) -> a ^ b) : o.binary(in.type(), (a, b) -> a ^ b);
    }

    static Step not(Instruction in, Operands o) {
        int bits = in.type().bits();
        return in.type().isPredicate() ? Comparisons.not(o) : o.unary(in.type(), a -> Words.truncate(~a, bits));
    }

    /** 1 of zero, 0 of all else. */
    static Step cnot(Instruction in, Operands o) {
        int bits = in.type().bits();
        return o.unary(in.type(), a -> Words.truncate(a, bits) == 0 ? 1 : 0);
    }

    /** Shifts by more than the width leave nothing. */
    static Step shl(Instruction in, Operands o) {
        int bits = in.type().bits();
        return LaneSteps.binary(
                in.opcode(),
                (a, n) -> (n & Words.MASK_32) >= bits ? 0 : Words.truncate(a << n, bits),
                o.result(0),
                o.value(1, in.type()),
                o.value(2, PtxType.U32));
    }

    /** Shifts by more than the width leave nothing, or the sign. */
    static Step shr(Instruction in, Operands o) {
        PtxType t = in.type();
        int bits = t.bits();
        return LaneSteps.binary(
                in.opcode(),
                (a, n) -> {
                    long by = n & Words.MASK_32;
                    long number = Words.number(a, t);
                    return t.isSigned()
                            ? Words.truncate(number >> Math.min(by, bits - 1), bits)
                            : by >= bits ? 0 : number >>> by;
                },
                o.result(0),
                o.value(1, t),
                o.value(2, PtxType.U32));
    }

    /** Funnel shift of the 64 bits b:a; {@code .l} gives the upper, {@code .r} the lower word. */
    static Step shf(Instruction in, Operands o) {
        boolean left = in.has("l");
        boolean wrap = in.has("wrap");
        return o.ternary(PtxType.B32, (a, b, n) -> {
            long by = wrap ? n & 31 : Math.min(n & Words.MASK_32, 32);
            long both = b << 32 | a;
            return (left ? both << by >>> 32 : by == 32 ? b : both >>> by) & Words.MASK_32;
        });
    }

    /** Any function of three bits: bit 4·a + 2·b + c of the table. */
    static Step lop3(Instruction in, Operands o) {
        if (!in.has("b32") || in.has("or") || in.has("and")) {
            throw PtxException.unknown(in);
        }
        int table = (int) o.constant(4);
        return LaneSteps.ternary(
                in.opcode() + " " + table,
                (a, b, c) -> lop3((int) a, (int) b, (int) c, table) & Words.MASK_32,
                o.result(0),
                o.value(1, PtxType.B32),
                o.value(2, PtxType.B32),
                o.value(3, PtxType.B32));
    }

    private static int lop3(int a, int b, int c, int table) {
        int result = 0;
        for (int i = 0; i < 8; i++) {
            if ((table >>> i & 1) != 0) {
                result |= ((i & 4) != 0 ? a : ~a) & ((i & 2) != 0 ? b : ~b) & ((i & 1) != 0 ? c : ~c);
            }
        }
        return result;
    }

    /** Picks four of the eight bytes of b:a; the upper bit of a nibble spreads the byte's sign instead. */
    static Step prmt(Instruction in, Operands o) {
        String mode = in.anyOf("f4e", "b4e", "rc8", "ecl", "ecr", "rc16");
        return o.ternary(PtxType.B32, (a, b, s) -> {
            long bytes = b << 32 | a;
            long result = 0;
            for (int i = 0; i < 4; i++) {
                int pick = mode == null ? (int) (s >>> (4 * i)) & 15 : prmtPick(mode, i, (int) s & 3);
                long value = bytes >>> (8 * (pick & 7)) & 0xFF;
                result |= ((pick & 8) == 0 ? value : (value & 0x80) != 0 ? 0xFF : 0) << (8 * i);
            }
            return result;
        });
    }

    private static int prmtPick(String mode, int i, int s) {
        return switch (mode) {
            case "f4e" -> s + i;
            case "b4e" -> s - i & 7;
            case "rc8" -> s;
            case "ecl" -> Math.max(i, s);
            case "ecr" -> Math.min(i, s);
            default -> (s & 1) * 2 + (i & 1);
        };
    }

    /** Bits b to b + c - 1 of a; above its top the sign (or zeros) goes on. */
    static Step bfe(Instruction in, Operands o) {
        PtxType t = in.type();
        int width = t.bits();
        return LaneSteps.ternary(
                in.opcode(),
                (a, b, c) -> {
                    int from = (int) b & 0xFF;
                    int count = (int) c & 0xFF;
                    if (count == 0) {
                        return 0;
                    }
                    int top = Math.min(from + count - 1, width - 1);
                    boolean sign = t.isSigned() && (a >>> top & 1) != 0;
                    long bits = from >= width ? 0 : Words.truncate(a >>> from, Math.min(count, width - from));
                    int known = from >= width ? 0 : Math.min(count, width - from);
                    return sign ? Words.truncate(known >= 64 ? bits : bits | -1L << known, width) : bits;
                },
                o.result(0),
                o.value(1, t),
                o.value(2, PtxType.U32),
                o.value(3, PtxType.U32));
    }

    /** b with its bits c to c + d - 1 from the bottom of a. */
    static Step bfi(Instruction in, Operands o) {
        PtxType t = in.type();
        int width = t.bits();
        return LaneSteps.quaternary(
                (a, b, c, d) -> {
                    int from = (int) c & 0xFF;
                    int count = (int) d & 0xFF;
                    if (from >= width || count == 0) {
                        return b;
                    }
                    long field = Words.truncate(Words.truncate(-1, count) << from, width);
                    return (b & ~field) | (a << from & field);
                },
                o.result(0),
                o.value(1, t),
                o.value(2, t),
                o.value(3, PtxType.U32),
                o.value(4, PtxType.U32));
    }

    /** The highest bit that differs from the sign, or none: all ones. {@code shiftamt}: how far it is from the top. */
    static Step bfind(Instruction in, Operands o) {
        PtxType t = in.type();
        boolean shift = in.has("shiftamt");
        return LaneSteps.unary(
                in.opcode(),
                a -> {
                    long number = Words.number(a, t);
                    long magnitude = t.isSigned() && number < 0 ? ~number : number;
                    int at = 63 - Long.numberOfLeadingZeros(magnitude);
                    return at < 0 ? Words.MASK_32 : shift ? t.bits() - 1 - at : at;
                },
                o.result(0),
                o.value(1, t));
    }

    /** The bit at or beside {@code base} that is the n-th set one, n &lt; 0 downwards; or none: all ones. */
    static Step fns(Instruction in, Operands o) {
        return o.ternary(PtxType.B32, (mask, base, offset) -> {
            int n = (int) offset;
            int at = (int) base;
            if (n == 0) {
                return (mask >>> at & 1) != 0 ? at : Words.MASK_32;
            }
            int step = n > 0 ? 1 : -1;
            for (int left = Math.abs(n); at >= 0 && at < 32; at += step) {
                left -= (mask >>> at & 1) != 0 ? 1 : 0;
                if (left == 0) {
                    return at;
                }
            }
            return Words.MASK_32;
        });
    }

    static Step brev(Instruction in, Operands o) {
        int unused = 64 - in.type().bits();
        return o.unary(in.type(), a -> Long.reverse(a) >>> unused);
    }

    static Step clz(Instruction in, Operands o) {
        int unused = 64 - in.type().bits();
        return o.unary(in.type(), a -> Long.numberOfLeadingZeros(a) - unused);
    }

    static Step popc(Instruction in, Operands o) {
        return o.unary(in.type(), a -> Long.bitCount(a));
    }

    /** A mask of b bits from bit a on. */
    static Step bmsk(Instruction in, Operands o) {
        boolean wrap = in.has("wrap");
        return o.binary(PtxType.B32, (a, b) -> {
            long from = wrap ? a & 31 : a;
            long count = wrap ? b & 31 : Math.min(b, 32);
            return from > 31 ? 0 : Words.truncate(Words.truncate(-1, (int) count) << from, 32);
        });
    }

    /** a as if it had b bits: sign or zeros above. */
    static Step szext(Instruction in, Operands o) {
        boolean signed = in.type().isSigned();
        boolean wrap = in.has("wrap");
        return o.binary(PtxType.B32, (a, b) -> {
            int bits = (int) (wrap ? b & 31 : Math.min(b, 32));
            int unused = 64 - bits;
            return bits == 0 ? 0 : (signed ? a << unused >> unused : a << unused >>> unused) & Words.MASK_32;
        });
    }
}
