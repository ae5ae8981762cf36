package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.machine.Step;
import dev.errata.kernels.sim.ptx.Instruction;
import dev.errata.kernels.sim.ptx.Operand;
import dev.errata.kernels.sim.ptx.PtxException;
import dev.errata.kernels.sim.ptx.PtxType;
import java.util.List;
import java.util.function.IntBinaryOperator;

/** "Comparison and Selection Instructions", and logic on predicates. */
final class Comparisons {
    private static final List<String> ORDERS = List.of(
            "eq", "ne", "lt", "le", "gt", "ge", "lo", "ls", "hi", "hs", "equ", "neu", "ltu", "leu", "gtu", "geu", "num",
            "nan");

    private Comparisons() {}

    /** {@code setp.cmp{.boolOp}.type p|q, a, b{, c}}: q is the contrary of the comparison. */
    static Step setp(Instruction in, Operands o) {
        PtxType t = in.type();
        if (t == PtxType.F16X2 || t == PtxType.BF16X2) {
            return setpOfHalves(in, o, t);
        }
        Scalar.Relation relation = relation(in, t);
        Operand to = in.operand(0);
        int p = o.predicateResult(to instanceof Operand.Pair pair ? pair.first() : to);
        int q = o.predicateResult(to instanceof Operand.Pair pair ? pair.second() : new Operand.Nowhere());
        boolean both = to instanceof Operand.Pair;
        int a = o.value(1, t);
        int b = o.value(2, t);
        Truth with = o.count() > 3 ? o.truth(3) : null;
        IntBinaryOperator combine = with == null ? null : combination(in);
        if (!both && combine == null) {
            return LaneSteps.relation(in.opcode(), relation, p, a, b);
        }
        return (warp, lanes) -> {
            int truths = LaneSteps.where(relation, warp.read(a, lanes), warp.read(b, lanes), lanes);
            int contrary = ~truths & lanes;
            if (combine != null) {
                int c = with.of(warp, lanes);
                truths = combine.applyAsInt(truths, c);
                contrary = combine.applyAsInt(contrary, c);
            }
            warp.setPredicate(p, lanes, truths);
            if (both) {
                warp.setPredicate(q, lanes, contrary);
            }
        };
    }

    /** For packed halves p compares the lower, q the upper ones. */
    private static Step setpOfHalves(Instruction in, Operands o, PtxType t) {
        Scalar.Relation relation = relation(in, t == PtxType.F16X2 ? PtxType.F16 : PtxType.BF16);
        if (!(in.operand(0) instanceof Operand.Pair pair) || o.count() > 3) {
            throw PtxException.unknown(in);
        }
        int p = o.predicateResult(pair.first());
        int q = o.predicateResult(pair.second());
        int a = o.value(1, t);
        int b = o.value(2, t);
        return (warp, lanes) -> {
            long[] x = warp.read(a, lanes);
            long[] y = warp.read(b, lanes);
            Scalar.Relation lower = (u, v) -> relation.holds(u & Words.MASK_16, v & Words.MASK_16);
            Scalar.Relation upper = (u, v) -> relation.holds(u >>> 16, v >>> 16);
            warp.setPredicate(p, lanes, LaneSteps.where(lower, x, y, lanes));
            warp.setPredicate(q, lanes, LaneSteps.where(upper, x, y, lanes));
        };
    }

    /** {@code set.cmp{.boolOp}.dtype.stype}: all ones or 1.0 where it holds. */
    static Step set(Instruction in, Operands o) {
        List<PtxType> types = in.types();
        PtxType result = types.getFirst();
        PtxType t = types.getLast();
        if (result == PtxType.F16X2 || result == PtxType.BF16X2) {
            return setOfHalves(in, o, result);
        }
        Scalar.Relation relation = relation(in, t);
        long one = switch (result) {
            case F32 -> Words.bits(1f);
            case F16 -> 0x3C00;
            case BF16 -> 0x3F80;
            case U32, S32, U16, S16 -> Words.truncate(-1, result.bits());
            default -> throw PtxException.unknown(in);
        };
        int to = o.result(0);
        int a = o.value(1, t);
        int b = o.value(2, t);
        Truth with = o.count() > 3 ? o.truth(3) : null;
        IntBinaryOperator combine = with == null ? null : combination(in);
        return (warp, lanes) -> {
            int truths = LaneSteps.where(relation, warp.read(a, lanes), warp.read(b, lanes), lanes);
            if (combine != null) {
                truths = combine.applyAsInt(truths, with.of(warp, lanes));
            }
            choose(warp.write(to, lanes), lanes, truths, one);
        };
    }

    /** 1.0 in each half where it holds. */
    private static Step setOfHalves(Instruction in, Operands o, PtxType t) {
        if (in.types().getLast() != t || o.count() > 3) {
            throw PtxException.unknown(in);
        }
        PtxType half = t == PtxType.F16X2 ? PtxType.F16 : PtxType.BF16;
        Scalar.Relation relation = relation(in, half);
        long one = t == PtxType.F16X2 ? 0x3C00 : 0x3F80;
        return o.binary(t, Words.packed((Scalar.Binary) (a, b) -> relation.holds(a, b) ? one : 0));
    }

    private static void choose(long[] out, int lanes, int truths, long one) {
        for (int rest = lanes; rest != 0; rest &= rest - 1) {
            int i = Integer.numberOfTrailingZeros(rest);
            out[i] = (truths >>> i & 1) * one;
        }
    }

    /** {@code selp d, a, b, p}: a where p holds. */
    static Step selp(Instruction in, Operands o) {
        PtxType t = in.type();
        int to = o.result(0);
        int a = o.value(1, t);
        int b = o.value(2, t);
        Truth truth = o.truth(3);
        return (warp, lanes) -> {
            int chosen = truth.of(warp, lanes);
            long[] x = warp.peek(a);
            long[] y = warp.peek(b);
            long[] out = warp.write(to, lanes, (warp.holds(a) & chosen) | (warp.holds(b) & ~chosen));
            for (int rest = lanes; rest != 0; rest &= rest - 1) {
                int i = Integer.numberOfTrailingZeros(rest);
                out[i] = (chosen >>> i & 1) != 0 ? x[i] : y[i];
            }
        };
    }

    /** {@code slct d, a, b, c}: a where c is at least 0. */
    static Step slct(Instruction in, Operands o) {
        PtxType t = in.types().getFirst();
        boolean asFloat = in.types().getLast() == PtxType.F32;
        return LaneSteps.ternary(
                in.opcode(),
                (a, b, c) -> (asFloat ? Words.f32(c) >= 0 : (int) c >= 0) ? a : b,
                o.result(0),
                o.value(1, t),
                o.value(2, t),
                o.value(3, in.types().getLast()));
    }

    /** {@code testp.op.type p, a}: a property of a floating-point number. */
    static Step testp(Instruction in, Operands o) {
        PtxType t = in.type();
        String op = in.anyOf("finite", "infinite", "number", "notanumber", "normal", "subnormal");
        double least = t == PtxType.F32 ? Float.MIN_NORMAL : Double.MIN_NORMAL;
        Scalar.Relation relation = (a, _) -> {
            double x = t == PtxType.F32 ? Words.f32(a) : Words.f64(a);
            return switch (op) {
                case "finite" -> Double.isFinite(x);
                case "infinite" -> Double.isInfinite(x);
                case "number" -> !Double.isNaN(x);
                case "notanumber" -> Double.isNaN(x);
                case "normal" -> Double.isFinite(x) && Math.abs(x) >= least;
                default -> x != 0 && Math.abs(x) < least;
            };
        };
        int p = o.predicateResult(in.operand(0));
        int a = o.value(1, t);
        return (warp, lanes) -> {
            long[] x = warp.read(a, lanes);
            warp.setPredicate(p, lanes, LaneSteps.where(relation, x, x, lanes));
        };
    }

    static Step logic(Operands o, IntBinaryOperator f) {
        int to = o.predicateResult(0);
        Truth a = o.truth(1);
        Truth b = o.truth(2);
        return (warp, lanes) -> warp.setPredicate(to, lanes, f.applyAsInt(a.of(warp, lanes), b.of(warp, lanes)));
    }

    static Step not(Operands o) {
        int to = o.predicateResult(0);
        Truth a = o.truth(1);
        return (warp, lanes) -> warp.setPredicate(to, lanes, ~a.of(warp, lanes));
    }

    private static IntBinaryOperator combination(Instruction in) {
        String op = in.anyOf("and", "or", "xor");
        if (op == null) {
            throw PtxException.unknown(in);
        }
        return switch (op) {
            case "and" -> (a, b) -> a & b;
            case "or" -> (a, b) -> a | b;
            default -> (a, b) -> a ^ b;
        };
    }

    private static Scalar.Relation relation(Instruction in, PtxType t) {
        String order = in.modifiers().stream()
                .filter(ORDERS::contains)
                .findFirst()
                .orElseThrow(() -> PtxException.unknown(in));
        return switch (t) {
            case F32 -> {
                boolean flush = in.has("ftz");
                FloatRelation f = floats(order);
                yield flush
                        ? (a, b) -> f.holds(FloatArithmetic.flush(Words.f32(a)), FloatArithmetic.flush(Words.f32(b)))
                        : (a, b) -> f.holds(Words.f32(a), Words.f32(b));
            }
            case F64 -> {
                FloatRelation f = floats(order);
                yield (a, b) -> f.holds(Words.f64(a), Words.f64(b));
            }
            case F16, BF16 -> {
                FloatRelation f = floats(order);
                Half half = Half.of(t);
                yield (a, b) -> f.holds(half.widen(a), half.widen(b));
            }
            default -> integers(in, order, t);
        };
    }

    private interface FloatRelation {
        boolean holds(double a, double b);
    }

    /** The orders ending in u hold also where one side isn't a number. */
    private static FloatRelation floats(String order) {
        return switch (order) {
            case "eq" -> (a, b) -> a == b;
            case "ne" -> (a, b) -> a < b || a > b;
            case "lt" -> (a, b) -> a < b;
            case "le" -> (a, b) -> a <= b;
            case "gt" -> (a, b) -> a > b;
            case "ge" -> (a, b) -> a >= b;
            case "equ" -> (a, b) -> !(a < b || a > b);
            case "neu" -> (a, b) -> a != b;
            case "ltu" -> (a, b) -> !(a >= b);
            case "leu" -> (a, b) -> !(a > b);
            case "gtu" -> (a, b) -> !(a <= b);
            case "geu" -> (a, b) -> !(a < b);
            case "num" -> (a, b) -> !Double.isNaN(a) && !Double.isNaN(b);
            case "nan" -> (a, b) -> Double.isNaN(a) || Double.isNaN(b);
            default -> throw new IllegalArgumentException(order);
        };
    }

    private static Scalar.Relation integers(Instruction in, String order, PtxType t) {
        if (t.isSigned()) {
            int unused = 64 - t.bits();
            return switch (order) {
                case "eq" -> (a, b) -> a << unused == b << unused;
                case "ne" -> (a, b) -> a << unused != b << unused;
                case "lt" -> (a, b) -> a << unused < b << unused;
                case "le" -> (a, b) -> a << unused <= b << unused;
                case "gt" -> (a, b) -> a << unused > b << unused;
                case "ge" -> (a, b) -> a << unused >= b << unused;
                default -> throw PtxException.unknown(in);
            };
        }
        int unused = 64 - t.bits();
        return switch (order) {
            case "eq" -> (a, b) -> a << unused == b << unused;
            case "ne" -> (a, b) -> a << unused != b << unused;
            case "lt", "lo" -> (a, b) -> Long.compareUnsigned(a << unused, b << unused) < 0;
            case "le", "ls" -> (a, b) -> Long.compareUnsigned(a << unused, b << unused) <= 0;
            case "gt", "hi" -> (a, b) -> Long.compareUnsigned(a << unused, b << unused) > 0;
            case "ge", "hs" -> (a, b) -> Long.compareUnsigned(a << unused, b << unused) >= 0;
            default -> throw PtxException.unknown(in);
        };
    }
}
