package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.machine.GenericSpace;
import dev.errata.kernels.sim.machine.GlobalSpace;
import dev.errata.kernels.sim.machine.Space;
import dev.errata.kernels.sim.machine.Step;
import dev.errata.kernels.sim.machine.Warp;
import dev.errata.kernels.sim.ptx.Instruction;
import dev.errata.kernels.sim.ptx.Operand;
import dev.errata.kernels.sim.ptx.PtxException;
import dev.errata.kernels.sim.ptx.PtxType;

/** {@code ld} and {@code st}: of one value or a vector, in any space. */
final class MemoryAccess {
    /** Which memory an instruction means. */
    interface SpaceOf {
        Space of(Warp warp);
    }

    private MemoryAccess() {}

    static SpaceOf space(Instruction in, Operands o, int addressOperand) {
        String space = in.anyOf(
                "global",
                "shared",
                "shared::cta",
                "shared::cluster",
                "local",
                "param",
                "param::entry",
                "param::func",
                "const");
        return switch (space == null ? "generic" : space) {
            case "global", "const" -> warp -> warp.block().global();
            case "shared", "shared::cta" -> warp -> warp.block().shared();
            case "shared::cluster" -> warp -> warp.block().clusterShared();
            case "local" -> Warp::local;
            case "param", "param::entry", "param::func" ->
                o.isOwnParameter(addressOperand)
                        ? Warp::local
                        : warp -> warp.block().parameters();
            default -> _ -> GenericSpace.INSTANCE;
        };
    }

    /** Accesses by which threads of several blocks may meet. */
    private static boolean isStrong(Instruction in) {
        return in.anyOf("volatile", "relaxed", "acquire", "release", "mmio") != null;
    }

    private static int vectorOf(Instruction in) {
        String v = in.anyOf("v2", "v4", "v8");
        return v == null ? 1 : v.charAt(1) - '0';
    }

    static Step ld(Instruction in, Operands o) {
        PtxType t = in.type();
        int[] to = o.results(0);
        int count = vectorOf(in);
        if (to.length != count || t.bits() * count > 128) {
            throw PtxException.unknown(in);
        }
        int width = o.width(o.vector(0).getFirst(), t);
        Operands.Address address = o.address(1);
        SpaceOf where = space(in, o, 1);
        int each = t.bytes();
        int all = each * count;
        boolean strong = isStrong(in);
        boolean extended = t.isSigned() && width > t.bits();
        if (in.anyOf("param", "param::entry") != null
                && in.operand(1) instanceof Operand.Address a
                && a.base() instanceof Operand.Symbol
                && !o.isOwnParameter(1)) {
            return parameter(to, address, t, width);
        }
        return (warp, lanes) -> {
            Space space = where.of(warp);
            long[] at = addresses(warp, lanes, address);
            space.count(warp, lanes, at, all);
            if (count == 1 && !strong) {
                long[] out = warp.write(to[0], lanes);
                for (int rest = lanes; rest != 0; rest &= rest - 1) {
                    int i = Integer.numberOfTrailingZeros(rest);
                    long value = space.load(warp, i, at[i], each);
                    out[i] = extended ? Words.truncate(Words.number(value, t), width) : value;
                }
                return;
            }
            int good = 0;
            for (int rest = lanes; rest != 0; rest &= rest - 1) {
                int i = Integer.numberOfTrailingZeros(rest);
                if (admits(space, warp, i, at[i], all, strong)) {
                    good |= 1 << i;
                }
            }
            for (int k = 0; k < to.length; k++) {
                long[] out = warp.write(to[k], lanes);
                for (int rest = lanes; rest != 0; rest &= rest - 1) {
                    int i = Integer.numberOfTrailingZeros(rest);
                    long value = (good >>> i & 1) == 0 ? 0 : space.get(warp, i, at[i] + k * ((long) each), each);
                    out[i] = extended ? Words.truncate(Words.number(value, t), width) : value;
                }
            }
        };
    }

    /** An argument by its name: the same for all lanes. */
    private static Step parameter(int[] to, Operands.Address address, PtxType t, int width) {
        int each = t.bytes();
        return (warp, lanes) -> {
            Space space = warp.block().parameters();
            int lane = Integer.numberOfTrailingZeros(lanes);
            long at = warp.read(address.base(), lanes)[lane] + address.offset();
            if (space.readable(warp, lane, at, each * to.length)) {
                for (int k = 0; k < to.length; k++) {
                    long value = space.get(warp, lane, at + (long) k * each, each);
                    WarpExchange.fill(warp.write(to[k], lanes), lanes, Words.truncate(Words.number(value, t), width));
                }
            }
        };
    }

    private static boolean admits(Space space, Warp warp, int lane, long address, int bytes, boolean strong) {
        return (strong && space instanceof GlobalSpace global)
                ? global.meet(warp, lane, address, bytes, true)
                : space.readable(warp, lane, address, bytes);
    }

    /** The address of each lane; valid until the warp's next access. */
    static long[] addresses(Warp warp, int lanes, Operands.Address address) {
        long[] at = warp.addresses();
        long[] base = warp.read(address.base(), lanes);
        for (int i = 0; i < 32; i++) {
            at[i] = base[i] + address.offset();
        }
        return at;
    }

    static Step st(Instruction in, Operands o) {
        PtxType t = in.type();
        int count = vectorOf(in);
        int[] from = o.values(1, t);
        if (from.length != count || t.bits() * count > 128) {
            throw PtxException.unknown(in);
        }
        Operands.Address address = o.address(0);
        SpaceOf where = space(in, o, 0);
        int each = t.bytes();
        int all = each * count;
        boolean strong = isStrong(in);
        boolean releases = in.has("release");
        return (warp, lanes) -> {
            Space space = where.of(warp);
            long[] at = addresses(warp, lanes, address);
            space.count(warp, lanes, at, all);
            if (releases) {
                warp.block().global().flow().fence();
            }
            for (int rest = lanes; rest != 0; rest &= rest - 1) {
                int i = Integer.numberOfTrailingZeros(rest);
                boolean good = (strong && space instanceof GlobalSpace global)
                        ? global.meet(warp, i, at[i], all, false)
                        : space.writable(warp, i, at[i], all);
                for (int k = 0; good && k < from.length; k++) {
                    space.put(warp, i, at[i] + k * ((long) each), each, warp.peek(from[k])[i]);
                    if ((warp.holds(from[k]) >>> i & 1) == 0) {
                        space.forget(warp, i, at[i] + k * ((long) each), each);
                    }
                }
            }
        };
    }
}
