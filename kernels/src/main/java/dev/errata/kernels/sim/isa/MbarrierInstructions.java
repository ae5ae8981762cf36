package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.check.FindingKind;
import dev.errata.kernels.sim.machine.ClusterAddress;
import dev.errata.kernels.sim.machine.GenericSpace;
import dev.errata.kernels.sim.machine.Mbarrier;
import dev.errata.kernels.sim.machine.Step;
import dev.errata.kernels.sim.machine.ThreadBlock;
import dev.errata.kernels.sim.machine.Warp;
import dev.errata.kernels.sim.ptx.Instruction;
import dev.errata.kernels.sim.ptx.Operand;
import dev.errata.kernels.sim.ptx.PtxException;
import dev.errata.kernels.sim.ptx.PtxType;

/** {@code mbarrier}: barriers in shared memory that count arrivals and bytes. */
final class MbarrierInstructions {
    private static final int BYTES = 8;

    private MbarrierInstructions() {}

    static Step mbarrier(Instruction in, Operands o) {
        return switch (in.modifiers().getFirst()) {
            case "init" -> init(o);
            case "inval" -> inval(o);
            case "arrive", "arrive_drop" -> arrive(in, o);
            case "expect_tx" -> expect(o);
            case "complete_tx" -> complete(o);
            case "test_wait", "try_wait" -> await(in, o);
            case "pending_count" -> pendingCount(o);
            default -> throw PtxException.unknown(in);
        };
    }

    /** The mbarrier at a lane's address, or null after a report. */
    private static Mbarrier at(Warp warp, int lane, long address) {
        ThreadBlock block = warp.block().at(address);
        Mbarrier barrier = block.mbarriers().get((int) ClusterAddress.within(address));
        if (barrier == null) {
            warp.report(FindingKind.BARRIER, lane, address, "there is no mbarrier");
        } else {
            if (!barrier.isKnownTo(warp)) {
                warp.report(FindingKind.SHARED_RACE, lane, address, "an mbarrier, with no barrier since it was made");
            }
        }
        return barrier;
    }

    private static long[] addresses(Warp warp, int lanes, Operands.Address address) {
        long[] at = MemoryAccess.addresses(warp, lanes, address);
        for (int i = 0; i < 32; i++) {
            at[i] = GenericSpace.isShared(at[i]) ? at[i] - GenericSpace.SHARED : at[i];
        }
        return at;
    }

    private static Step init(Operands o) {
        Operands.Address address = o.address(0);
        int count = o.value(1, PtxType.U32);
        return (warp, lanes) -> {
            long[] at = addresses(warp, lanes, address);
            long[] arrivals = warp.read(count, lanes);
            for (int rest = lanes; rest != 0; rest &= rest - 1) {
                int i = Integer.numberOfTrailingZeros(rest);
                if (!warp.block().shared().writable(warp, i, at[i], BYTES)) {
                    continue;
                }
                if (arrivals[i] < 1 || arrivals[i] >= 1 << 20) {
                    warp.report(FindingKind.BARRIER, i, at[i], "an mbarrier for " + arrivals[i] + " arrivals");
                }
                Mbarrier before = warp.block().mbarriers().put((int) at[i], new Mbarrier(warp, (int) arrivals[i]));
                if (before != null) {
                    warp.report(FindingKind.BARRIER, i, at[i], "there is an mbarrier already, not invalidated");
                }
            }
        };
    }

    private static Step inval(Operands o) {
        Operands.Address address = o.address(0);
        return (warp, lanes) -> {
            long[] at = addresses(warp, lanes, address);
            for (int rest = lanes; rest != 0; rest &= rest - 1) {
                int i = Integer.numberOfTrailingZeros(rest);
                if (at(warp, i, at[i]) != null) {
                    warp.block().mbarriers().remove((int) at[i]);
                }
            }
        };
    }

    /** {@code mbarrier.arrive{.expect_tx} state|_, [barrier]{, count or bytes}}; the state is the number of the phase. */
    private static Step arrive(Instruction in, Operands o) {
        if (in.has("noComplete") || in.has("arrive_drop")) {
            throw PtxException.unknown(in);
        }
        boolean stateless = in.operand(0) instanceof Operand.Address;
        int first = stateless ? 0 : 1;
        int state = stateless ? o.slots().scratch() : o.result(0);
        Operands.Address address = o.address(first);
        boolean expects = in.has("expect_tx");
        int count = o.count() > first + 1 ? o.value(first + 1, PtxType.U32) : -1;
        return (warp, lanes) -> {
            long[] at = addresses(warp, lanes, address);
            for (int rest = lanes; rest != 0; rest &= rest - 1) {
                int i = Integer.numberOfTrailingZeros(rest);
                Mbarrier barrier = at(warp, i, at[i]);
                if (barrier == null) {
                    continue;
                }
                long given = count < 0 ? 1 : warp.read(count, lanes)[i];
                warp.write(state, 1 << i)[i] = barrier.phase();
                if (expects) {
                    barrier.expect(given);
                }
                barrier.arrive(warp, i, expects ? 1 : (int) given);
            }
            warp.block().happened();
        };
    }

    private static Step expect(Operands o) {
        Operands.Address address = o.address(0);
        int bytes = o.value(1, PtxType.U32);
        return (warp, lanes) -> {
            long[] at = addresses(warp, lanes, address);
            for (int rest = lanes; rest != 0; rest &= rest - 1) {
                int i = Integer.numberOfTrailingZeros(rest);
                Mbarrier barrier = at(warp, i, at[i]);
                if (barrier != null) {
                    barrier.expect(warp.read(bytes, lanes)[i]);
                }
            }
        };
    }

    private static Step complete(Operands o) {
        Operands.Address address = o.address(0);
        int bytes = o.value(1, PtxType.U32);
        return (warp, lanes) -> {
            long[] at = addresses(warp, lanes, address);
            for (int rest = lanes; rest != 0; rest &= rest - 1) {
                int i = Integer.numberOfTrailingZeros(rest);
                Mbarrier barrier = at(warp, i, at[i]);
                if (barrier != null) {
                    barrier.landed(warp.read(bytes, lanes)[i]);
                    warp.block().happened();
                }
            }
        };
    }

    /** {@code mbarrier.try_wait{.parity} p, [barrier], state or parity{, time}}: p: whether the phase is over. */
    private static Step await(Instruction in, Operands o) {
        boolean parity = in.has("parity");
        int p = o.predicateResult(0);
        Operands.Address address = o.address(1);
        int phase = o.value(2, parity ? PtxType.U32 : PtxType.B64);
        return (warp, lanes) -> {
            long[] at = addresses(warp, lanes, address);
            int over = 0;
            for (int rest = lanes; rest != 0; rest &= rest - 1) {
                int i = Integer.numberOfTrailingZeros(rest);
                Mbarrier barrier = at(warp, i, at[i]);
                if (barrier == null) {
                    over |= 1 << i;
                    continue;
                }
                long wanted = warp.read(phase, lanes)[i];
                if (parity && wanted > 1) {
                    warp.report(FindingKind.BARRIER, i, at[i], "a parity of " + wanted);
                }
                if (parity ? (barrier.phase() & 1) != (wanted & 1) : barrier.phase() > wanted) {
                    over |= 1 << i;
                    barrier.seenBy(warp);
                }
            }
            warp.setPredicate(p, lanes, over);
            if (over != lanes) {
                warp.yieldTurn();
            }
        };
    }

    private static Step pendingCount(Operands o) {
        throw o.wrong("the state of a phase tells nothing here");
    }

    /** {@code cp.async.mbarrier.arrive{.noinc} [barrier]}: arrives when the thread's copies so far have landed. */
    static Step copiesArrive(Instruction in, Operands o) {
        Operands.Address address = o.address(0);
        boolean counted = in.has("noinc");
        return (warp, lanes) -> {
            long[] at = addresses(warp, lanes, address);
            for (int rest = lanes; rest != 0; rest &= rest - 1) {
                int i = Integer.numberOfTrailingZeros(rest);
                Mbarrier barrier = at(warp, i, at[i]);
                if (barrier == null) {
                    continue;
                }
                if (!counted) {
                    barrier.expectArrival();
                }
                int lane = 1 << i;
                warp.block().cluster().loads().start(() -> {
                    warp.copies().commit(lane);
                    warp.copies().waitForAllBut(0, lane);
                    barrier.arriveForCopies(warp.clock());
                });
            }
        };
    }
}
