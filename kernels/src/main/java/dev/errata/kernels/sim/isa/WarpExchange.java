package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.check.FindingKind;
import dev.errata.kernels.sim.machine.Step;
import dev.errata.kernels.sim.machine.Warp;
import dev.errata.kernels.sim.ptx.Instruction;
import dev.errata.kernels.sim.ptx.Operand;
import dev.errata.kernels.sim.ptx.PtxException;
import dev.errata.kernels.sim.ptx.PtxType;

/** Instructions by which the lanes of a warp learn of each other: shuffles, votes, matches, reductions. */
final class WarpExchange {
    private WarpExchange() {}

    /** The lanes that an instruction's member mask names; all lanes that execute it must name the same, themselves too. */
    private static int members(Warp warp, int lanes, int maskSlot) {
        int first = Integer.numberOfTrailingZeros(lanes);
        int mask = (int) warp.read(maskSlot, lanes)[first];
        if ((mask & lanes) != lanes) {
            warp.report(
                    FindingKind.DIVERGENT_BARRIER,
                    Integer.numberOfTrailingZeros(lanes & ~mask),
                    0,
                    "a lane that the mask 0x" + Integer.toHexString(mask) + " doesn't name");
        }
        return mask;
    }

    /** {@code shfl.sync.mode.b32 d|p, a, b, c, members}: the value of another lane; p: whether it is in range. */
    static Step shfl(Instruction in, Operands o) {
        if (!in.has("sync")) {
            throw PtxException.unknown(in);
        }
        String mode = in.anyOf("up", "down", "bfly", "idx");
        Operand result = in.operand(0);
        int to = o.result(result instanceof Operand.Pair p ? p.first() : result);
        int inRange = o.predicateResult(result instanceof Operand.Pair p ? p.second() : new Operand.Nowhere());
        int a = o.value(1, PtxType.B32);
        int b = o.value(2, PtxType.B32);
        int c = o.value(3, PtxType.B32);
        int mask = o.value(4, PtxType.B32);
        return (warp, lanes) -> {
            if (!warp.gathered(lanes, members(warp, lanes, mask))) {
                return;
            }
            long[] x = warp.peek(a).clone();
            int holding = warp.holds(a);
            long[] by = warp.read(b, lanes);
            long[] clamp = warp.read(c, lanes);
            int truths = 0;
            int got = 0;
            int[] source = new int[32];
            for (int rest = lanes; rest != 0; rest &= rest - 1) {
                int i = Integer.numberOfTrailingZeros(rest);
                int from = source(mode, i, (int) by[i] & 31, (int) clamp[i]);
                truths |= from >= 0 ? 1 << i : 0;
                source[i] = from >= 0 ? from : i;
                if ((lanes >>> source[i] & 1) == 0) {
                    warp.report(
                            FindingKind.UNWRITTEN_READ, i, 0, "the value of lane " + source[i] + ", which isn't there");
                }
                got |= (holding >>> source[i] & 1) << i;
            }
            long[] out = warp.write(to, lanes, got);
            for (int rest = lanes; rest != 0; rest &= rest - 1) {
                int i = Integer.numberOfTrailingZeros(rest);
                out[i] = x[source[i]];
            }
            warp.setPredicate(inRange, lanes, truths);
        };
    }

    /** The lane to read from, or -1 if it is outside of the segment that c describes. */
    private static int source(String mode, int lane, int b, int c) {
        int clamp = c & 31;
        int segment = c >>> 8 & 31;
        int top = (lane & segment) | (clamp & ~segment);
        int bottom = lane & segment;
        int from = switch (mode) {
            case "up" -> lane - b;
            case "down" -> lane + b;
            case "bfly" -> lane ^ b;
            default -> bottom | (b & ~segment);
        };
        boolean good = mode.equals("up") ? from >= top : from <= top;
        return good ? from : -1;
    }

    /** {@code vote.sync}: all, any, uni as predicates, ballot as bits. */
    static Step vote(Instruction in, Operands o) {
        if (!in.has("sync")) {
            throw PtxException.unknown(in);
        }
        String mode = in.anyOf("all", "any", "uni", "ballot");
        boolean ballot = mode.equals("ballot");
        int to = ballot ? o.result(0) : o.predicateResult(0);
        Truth truth = o.truth(1);
        int mask = o.value(2, PtxType.B32);
        return (warp, lanes) -> {
            if (!warp.gathered(lanes, members(warp, lanes, mask))) {
                return;
            }
            int yes = truth.of(warp, lanes) & lanes;
            switch (mode) {
                case "ballot" -> fill(warp.write(to, lanes), lanes, Integer.toUnsignedLong(yes));
                case "all" -> warp.setPredicate(to, lanes, yes == lanes ? -1 : 0);
                case "any" -> warp.setPredicate(to, lanes, yes != 0 ? -1 : 0);
                default -> warp.setPredicate(to, lanes, yes == 0 || yes == lanes ? -1 : 0);
            }
        };
    }

    static void fill(long[] out, int lanes, long value) {
        for (int rest = lanes; rest != 0; rest &= rest - 1) {
            out[Integer.numberOfTrailingZeros(rest)] = value;
        }
    }

    /** {@code match.any}: the lanes with the same value; {@code match.all}: all lanes if they have one value, and p. */
    static Step match(Instruction in, Operands o) {
        PtxType t = in.type();
        boolean all = in.has("all");
        Operand result = in.operand(0);
        int to = o.result(result instanceof Operand.Pair p ? p.first() : result);
        int same = o.predicateResult(result instanceof Operand.Pair p ? p.second() : new Operand.Nowhere());
        int a = o.value(1, t);
        int mask = o.value(2, PtxType.B32);
        return (warp, lanes) -> {
            if (!warp.gathered(lanes, members(warp, lanes, mask))) {
                return;
            }
            long[] x = warp.read(a, lanes).clone();
            long[] out = warp.write(to, lanes);
            for (int rest = lanes; rest != 0; rest &= rest - 1) {
                int i = Integer.numberOfTrailingZeros(rest);
                int equal = 0;
                for (int others = lanes; others != 0; others &= others - 1) {
                    int k = Integer.numberOfTrailingZeros(others);
                    equal |= x[k] == x[i] ? 1 << k : 0;
                }
                out[i] = Integer.toUnsignedLong(all && equal != lanes ? 0 : equal);
                if (all) {
                    warp.setPredicate(same, 1 << i, equal == lanes ? -1 : 0);
                }
            }
        };
    }

    /** {@code redux.sync}: one result of all lanes. */
    static Step redux(Instruction in, Operands o) {
        PtxType t = in.type();
        String op = in.anyOf("add", "min", "max", "and", "or", "xor");
        if (op == null || t.bits() != 32 || t.isFloat()) {
            throw PtxException.unknown(in);
        }
        int to = o.result(0);
        int a = o.value(1, t);
        int mask = o.value(2, PtxType.B32);
        return (warp, lanes) -> {
            if (!warp.gathered(lanes, members(warp, lanes, mask))) {
                return;
            }
            long[] x = warp.read(a, lanes);
            long sum = Words.number(x[Integer.numberOfTrailingZeros(lanes)], t);
            for (int rest = lanes & lanes - 1; rest != 0; rest &= rest - 1) {
                long value = Words.number(x[Integer.numberOfTrailingZeros(rest)], t);
                sum = switch (op) {
                    case "add" -> sum + value;
                    case "min" -> Math.min(sum, value);
                    case "max" -> Math.max(sum, value);
                    case "and" -> sum & value;
                    case "or" -> sum | value;
                    default -> sum ^ value;
                };
            }
            fill(warp.write(to, lanes), lanes, sum & Words.MASK_32);
        };
    }

    /** The lanes that are here, not gathered. */
    static Step activemask(Instruction in, Operands o) {
        int to = o.result(0);
        return (warp, lanes) -> fill(warp.write(to, lanes), lanes, Integer.toUnsignedLong(lanes));
    }

    /** {@code elect.sync d|p, members}: p holds in one lane alone, the lowest; d is its number. */
    static Step elect(Instruction in, Operands o) {
        Operand.Pair result = (Operand.Pair) in.operand(0);
        int to = o.result(result.first());
        int p = o.predicateResult(result.second());
        int mask = o.value(1, PtxType.B32);
        return (warp, lanes) -> {
            if (!warp.gathered(lanes, members(warp, lanes, mask))) {
                return;
            }
            int leader = Integer.numberOfTrailingZeros(lanes);
            fill(warp.write(to, lanes), lanes, leader);
            warp.setPredicate(p, lanes, 1 << leader);
        };
    }

    /** {@code bar.warp.sync}: what the named lanes did happens before what they do next. */
    static Step barWarpSync(Instruction in, Operands o) {
        int mask = o.value(0, PtxType.B32);
        return (warp, lanes) -> {
            if (warp.gathered(lanes, members(warp, lanes, mask))) {
                warp.block().cluster().clocks().tick(warp.clock());
            }
        };
    }
}
