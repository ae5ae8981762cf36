package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.machine.GenericSpace;
import dev.errata.kernels.sim.machine.Step;
import dev.errata.kernels.sim.ptx.Instruction;
import dev.errata.kernels.sim.ptx.Operand;
import dev.errata.kernels.sim.ptx.PtxException;
import dev.errata.kernels.sim.ptx.PtxType;
import java.util.Map;

/** {@code mov}, which also packs and unpacks, and what changes addresses from one space to another. */
final class Moves {
    private Moves() {}

    static Step mov(Instruction in, Operands o) {
        PtxType t = in.type();
        if (t.isPredicate()) {
            int to = o.predicateResult(0);
            Truth from = o.truth(1);
            return (warp, lanes) -> warp.setPredicate(to, lanes, from.of(warp, lanes));
        }
        if (in.operand(0) instanceof Operand.Vector) {
            return unpack(o, t);
        }
        if (in.operand(1) instanceof Operand.Vector) {
            return pack(o, t);
        }
        if (in.operand(1) instanceof Operand.Special s && isClock(s.name())) {
            int to = o.result(0);
            return (warp, lanes) -> {
                long[] out = warp.write(to, lanes);
                java.util.Arrays.fill(out, Words.truncate(warp.block().clock(), t.bits()));
            };
        }
        return copy(o.result(0), o.value(1, t));
    }

    private static boolean isClock(String special) {
        return (special.startsWith("%clock") && !special.startsWith("%clocks") && !special.endsWith("_hi"))
                || special.startsWith("%globaltimer");
    }

    /** Passes on whatever is there, nothing included: compilers copy registers before they know whether they need them. */
    static Step copy(int to, int from) {
        return (warp, lanes) -> {
            long[] x = warp.peek(from);
            long[] out = warp.write(to, lanes, warp.holds(from));
            if (lanes == -1) {
                System.arraycopy(x, 0, out, 0, 32);
            } else {
                for (int rest = lanes; rest != 0; rest &= rest - 1) {
                    int i = Integer.numberOfTrailingZeros(rest);
                    out[i] = x[i];
                }
            }
        };
    }

    /** {@code mov.b64 d, {lower, upper}}. */
    private static Step pack(Operands o, PtxType t) {
        int count = o.vector(1).size();
        int bits = t.bits() / count;
        int[] parts = o.values(1, PtxType.named("b" + bits));
        int to = o.result(0);
        return (warp, lanes) -> {
            int holding = -1;
            for (int part : parts) {
                holding &= warp.holds(part);
            }
            long[] out = warp.write(to, lanes, holding);
            for (int rest = lanes; rest != 0; rest &= rest - 1) {
                int i = Integer.numberOfTrailingZeros(rest);
                long value = 0;
                for (int k = parts.length - 1; k >= 0; k--) {
                    value = value << bits | Words.truncate(warp.peek(parts[k])[i], bits);
                }
                out[i] = value;
            }
        };
    }

    /** {@code mov.b64 {lower, upper}, a}. */
    private static Step unpack(Operands o, PtxType t) {
        int[] parts = o.results(0);
        int bits = t.bits() / parts.length;
        int from = o.value(1, t);
        return (warp, lanes) -> {
            long[] x = warp.peek(from).clone();
            for (int k = 0; k < parts.length; k++) {
                long[] out = warp.write(parts[k], lanes, warp.holds(from));
                for (int rest = lanes; rest != 0; rest &= rest - 1) {
                    int i = Integer.numberOfTrailingZeros(rest);
                    out[i] = Words.truncate(x[i] >>> (k * bits), bits);
                }
            }
        };
    }

    private static final Map<String, Long> WINDOWS = Map.of(
            "global", 0L,
            "const", 0L,
            "shared", GenericSpace.SHARED,
            "shared::cta", GenericSpace.SHARED,
            "shared::cluster", GenericSpace.SHARED,
            "local", GenericSpace.LOCAL,
            "param", GenericSpace.PARAMETERS,
            "param::entry", GenericSpace.PARAMETERS);

    /** {@code cvta.space} makes a generic address, {@code cvta.to.space} one of a space. */
    static Step cvta(Instruction in, Operands o) {
        Long window = null;
        for (String m : in.modifiers()) {
            window = WINDOWS.getOrDefault(m, window);
        }
        if (window == null) {
            throw PtxException.unknown(in);
        }
        if (window == 0) {
            return copy(o.result(0), o.value(1, in.type()));
        }
        long by = in.has("to") ? -window : window;
        return LaneSteps.unary(in.opcode(), a -> a + by, o.result(0), o.value(1, in.type()));
    }

    /** {@code isspacep.space p, a}. */
    static Step isspacep(Instruction in, Operands o) {
        String space = in.modifiers().getFirst();
        int to = o.predicateResult(0);
        int from = o.value(1, PtxType.B64);
        Long window = WINDOWS.get(space);
        if (window == null) {
            throw PtxException.unknown(in);
        }
        Scalar.Relation relation = window != 0
                ? (a, _) -> a >>> 32 == window >>> 32
                : (a, _) -> a >>> 32 < GenericSpace.LOCAL >>> 32 || a >>> 32 > GenericSpace.SHARED >>> 32;
        return (warp, lanes) -> {
            long[] x = warp.read(from, lanes);
            warp.setPredicate(to, lanes, LaneSteps.where(relation, x, x, lanes));
        };
    }

    /** Instructions that only make things faster. */
    static Step nothing(Instruction in, Operands o) {
        return (_, _) -> {};
    }
}
