package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.machine.GenericSpace;
import dev.errata.kernels.sim.machine.GlobalSpace;
import dev.errata.kernels.sim.machine.SharedMemory;
import dev.errata.kernels.sim.machine.Space;
import dev.errata.kernels.sim.machine.Step;
import dev.errata.kernels.sim.machine.Warp;
import dev.errata.kernels.sim.ptx.Instruction;
import dev.errata.kernels.sim.ptx.PtxException;
import dev.errata.kernels.sim.ptx.PtxType;

/** {@code atom} and {@code red}: lanes take their turn from the lowest to the highest. */
final class Atomics {
    private Atomics() {}

    static Step atom(Instruction in, Operands o) {
        return step(in, o, true);
    }

    static Step red(Instruction in, Operands o) {
        return step(in, o, false);
    }

    private static Step step(Instruction in, Operands o, boolean returns) {
        PtxType t = in.type();
        int vector = in.anyOf("v2", "v4", "v8") == null
                ? 1
                : in.anyOf("v2", "v4", "v8").charAt(1) - '0';
        int first = returns ? 1 : 0;
        Operands.Address address = o.address(first);
        MemoryAccess.SpaceOf where = MemoryAccess.space(in, o, first);
        int[] to = returns ? o.results(0) : new int[vector];
        int[] from = o.values(first + 1, t);
        boolean compares = in.has("cas");
        int[] swaps = compares ? o.values(first + 2, t) : from;
        Scalar.Ternary change = change(in, t);
        int each = t.bytes();
        boolean releases = in.has("release") || in.has("acq_rel");
        return (warp, lanes) -> {
            Space space = where.of(warp);
            long[] at = MemoryAccess.addresses(warp, lanes, address);
            space.count(warp, lanes, at, each * vector);
            if (releases) {
                warp.block().global().flow().fence();
            }
            for (int rest = lanes; rest != 0; rest &= rest - 1) {
                int i = Integer.numberOfTrailingZeros(rest);
                boolean good = meet(space, warp, i, at[i], each * vector);
                for (int k = 0; k < vector; k++) {
                    long before = good ? space.get(warp, i, at[i] + k * ((long) each), each) : 0;
                    long value = warp.read(from[k], 1 << i)[i];
                    long swap = warp.read(swaps[k], 1 << i)[i];
                    if (good) {
                        space.put(warp, i, at[i] + k * ((long) each), each, change.of(before, value, swap));
                    }
                    if (returns) {
                        warp.write(to[k], 1 << i)[i] = before;
                    }
                }
            }
            warp.block().happened();
        };
    }

    private static boolean meet(Space space, Warp warp, int lane, long address, int bytes) {
        return switch (space) {
            case GlobalSpace global -> global.meet(warp, lane, address, bytes, true);
            case SharedMemory shared -> shared.meet(warp, lane, address, bytes);
            case GenericSpace _ ->
                meet(GenericSpace.of(warp, address), warp, lane, GenericSpace.within(address), bytes);
            default -> space.readable(warp, lane, address, bytes) && space.writable(warp, lane, address, bytes);
        };
    }

    /** What becomes of the value in memory, given it, the operand and for {@code cas} the other operand. */
    private static Scalar.Ternary change(Instruction in, PtxType t) {
        String op = in.anyOf("and", "or", "xor", "exch", "cas", "add", "inc", "dec", "min", "max");
        if (op == null) {
            throw PtxException.unknown(in);
        }
        return switch (op) {
            case "and" -> (m, b, _) -> m & b;
            case "or" -> (m, b, _) -> m | b;
            case "xor" -> (m, b, _) -> m ^ b;
            case "exch" -> (_, b, _) -> b;
            case "cas" -> (m, b, c) -> m == b ? c : m;
            case "inc" -> (m, b, _) -> m >= b ? 0 : m + 1;
            case "dec" -> (m, b, _) -> m == 0 || m > b ? b : m - 1;
            case "add" -> {
                Scalar.Binary add = add(in, t);
                yield (m, b, _) -> add.of(m, b);
            }
            default -> {
                Scalar.Binary extreme = extreme(in, t, op.equals("min"));
                yield (m, b, _) -> extreme.of(m, b);
            }
        };
    }

    private static Scalar.Binary add(Instruction in, PtxType t) {
        return switch (t) {
            case F32 -> Words.float32((a, b) -> a + b);
            case F64 -> Words.float64((a, b) -> a + b);
            case F16, BF16 -> Half.of(t).onBits((a, b) -> PtxRounding.addToOdd(a, b));
            case F16X2, BF16X2 -> Words.packed(Half.of(t).onBits((a, b) -> PtxRounding.addToOdd(a, b)));
            case U32, S32, U64, S64, B32, B64 -> Words.integer(t, (long a, long b) -> a + b);
            default -> throw PtxException.unknown(in);
        };
    }

    private static Scalar.Binary extreme(Instruction in, PtxType t, boolean smaller) {
        return switch (t) {
            case S32, S64 -> Words.integer(t, (a, b) -> a < b == smaller ? a : b);
            case U32, U64 -> (a, b) -> Long.compareUnsigned(a, b) < 0 == smaller ? a : b;
            case F16, BF16 -> halfExtreme(Half.of(t), smaller);
            case F16X2, BF16X2 -> Words.packed(halfExtreme(Half.of(t), smaller));
            default -> throw PtxException.unknown(in);
        };
    }

    private static Scalar.Binary halfExtreme(Half half, boolean smaller) {
        return (a, b) -> half.narrow(FloatArithmetic.extreme(half.widen(a), half.widen(b), smaller, false));
    }
}
