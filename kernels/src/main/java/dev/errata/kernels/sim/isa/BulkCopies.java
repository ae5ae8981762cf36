package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.check.FindingKind;
import dev.errata.kernels.sim.machine.BulkBox;
import dev.errata.kernels.sim.machine.ClusterAddress;
import dev.errata.kernels.sim.machine.GenericSpace;
import dev.errata.kernels.sim.machine.Mbarrier;
import dev.errata.kernels.sim.machine.Step;
import dev.errata.kernels.sim.machine.TensorDescriptor;
import dev.errata.kernels.sim.machine.ThreadBlock;
import dev.errata.kernels.sim.machine.Warp;
import dev.errata.kernels.sim.ptx.Instruction;
import dev.errata.kernels.sim.ptx.Operand;
import dev.errata.kernels.sim.ptx.PtxException;
import dev.errata.kernels.sim.ptx.PtxType;
import java.util.List;

/** {@code cp.async.bulk}: copies of whole pieces, or of boxes of a two-dimensional array, that one thread starts. */
final class BulkCopies {
    private BulkCopies() {}

    static Step bulk(Instruction in, Operands o) {
        if (in.has("commit_group")) {
            return (warp, lanes) -> warp.stores().commit(lanes);
        }
        if (in.has("wait_group")) {
            int open = (int) o.constant(0);
            return (warp, lanes) -> warp.stores().waitForAllBut(open, lanes);
        }
        if (in.has("prefetch")) {
            return Moves.nothing(in, o);
        }
        boolean tensor = in.has("tensor");
        if ((tensor && !in.has("2d")) || in.anyOf("im2col", "reduce", "tile::gather4", "cp_mask") != null) {
            throw PtxException.unknown(in);
        }
        int to = space(in, true);
        int from = space(in, false);
        if (to == SHARED && from == GLOBAL && in.has("mbarrier::complete_tx::bytes")) {
            return load(in, o, tensor);
        }
        if (to == GLOBAL && from == SHARED && in.has("bulk_group")) {
            return store(in, o, tensor);
        }
        throw PtxException.unknown(in);
    }

    private static final int GLOBAL = 0;
    private static final int SHARED = 1;

    /** The first space among the modifiers is where the bytes go, the second where they come from. */
    private static int space(Instruction in, boolean to) {
        List<String> spaces = in.modifiers().stream()
                .filter(m -> m.equals("global") || m.startsWith("shared"))
                .toList();
        if (spaces.size() != 2) {
            throw PtxException.unknown(in);
        }
        return spaces.get(to ? 0 : 1).equals("global") ? GLOBAL : SHARED;
    }

    /** What is copied: a box of a tensor map, or a number of bytes. */
    private interface Source {
        BulkBox of(Warp warp, int lane);
    }

    private static Source tensorBox(Instruction in, Operands o, int operand) {
        Operand.Address address = (Operand.Address) in.operand(operand);
        if (address.coordinates().size() != 2) {
            throw PtxException.unknown(in);
        }
        Operands.Address map = o.address(operand);
        int column = o.value(address.coordinates().get(0), PtxType.S32);
        int row = o.value(address.coordinates().get(1), PtxType.S32);
        return (warp, lane) -> {
            int one = 1 << lane;
            long at = warp.read(map.base(), one)[lane] + map.offset();
            TensorDescriptor descriptor = at % 64 == 0 ? warp.block().tensorMap(at) : null;
            if (descriptor == null) {
                warp.report(FindingKind.OUT_OF_BOUNDS, lane, at, "there is no tensor map");
                return null;
            }
            return BulkBox.of(descriptor, (int) warp.read(column, one)[lane], (int) warp.read(row, one)[lane]);
        };
    }

    private static Source bytes(Operands o, int address, int size) {
        Operands.Address at = o.address(address);
        int count = o.value(size, PtxType.U32);
        return (warp, lane) -> {
            int one = 1 << lane;
            long bytes = warp.read(count, one)[lane];
            long from = warp.read(at.base(), one)[lane] + at.offset();
            if (bytes % 16 != 0 || from % 16 != 0) {
                warp.report(FindingKind.MISALIGNED, lane, from, "a bulk copy of " + bytes + " bytes");
                return null;
            }
            return BulkBox.of(from, bytes);
        };
    }

    /** {@code […shared….global….mbarrier…] [to], [map, {x, y}] or [from], size, [barrier]{, blocks}}. */
    private static Step load(Instruction in, Operands o, boolean tensor) {
        Operands.Address to = o.address(0);
        Source source = tensor ? tensorBox(in, o, 1) : bytes(o, 1, 2);
        int next = tensor ? 2 : 3;
        Operands.Address barrier = o.address(next);
        int blocks = in.has("multicast::cluster") ? o.value(next + 1, PtxType.U16) : -1;
        return (warp, lanes) -> {
            for (int rest = lanes; rest != 0; rest &= rest - 1) {
                int lane = Integer.numberOfTrailingZeros(rest);
                int one = 1 << lane;
                BulkBox box = source.of(warp, lane);
                long target = shared(warp.read(to.base(), one)[lane] + to.offset());
                long signal = shared(warp.read(barrier.base(), one)[lane] + barrier.offset());
                if (box == null) {
                    continue;
                }
                if (blocks < 0) {
                    load(
                            warp,
                            lane,
                            box,
                            warp.block().at(target),
                            target,
                            warp.block().at(signal),
                            signal);
                    continue;
                }
                long mask = warp.read(blocks, one)[lane];
                for (int rank = 0; rank < 16; rank++) {
                    if ((mask >>> rank & 1) == 0) {
                        continue;
                    }
                    if (rank >= warp.block().cluster().size()) {
                        warp.report(
                                FindingKind.OUT_OF_BOUNDS, lane, 0, "there is no block " + rank + " in the cluster");
                        continue;
                    }
                    ThreadBlock block = warp.block().cluster().block(rank);
                    load(warp, lane, box, block, target, block, signal);
                }
            }
        };
    }

    private static long shared(long address) {
        return GenericSpace.isShared(address) ? address - GenericSpace.SHARED : address;
    }

    private static void load(
            Warp warp, int lane, BulkBox box, ThreadBlock block, long target, ThreadBlock signalled, long signal) {
        int at = (int) ClusterAddress.within(target);
        Mbarrier barrier = signalled.mbarriers().get((int) ClusterAddress.within(signal));
        if (barrier == null) {
            warp.report(FindingKind.BARRIER, lane, signal, "there is no mbarrier");
            return;
        }
        if (!box.poison(warp, lane, block.shared(), at)) {
            return;
        }
        int pc = warp.pc();
        warp.block().cluster().loads().start(() -> {
            warp.at(pc, () -> box.land(warp, lane, block.shared(), at));
            barrier.landed(box.bytes());
        });
    }

    /** {@code [….global.shared….bulk_group] [map, {x, y}], [from]} or {@code [to], [from], size}. */
    private static Step store(Instruction in, Operands o, boolean tensor) {
        Source target = tensor ? tensorBox(in, o, 0) : bytes(o, 0, 2);
        Operands.Address from = o.address(1);
        return (warp, lanes) -> {
            for (int rest = lanes; rest != 0; rest &= rest - 1) {
                int lane = Integer.numberOfTrailingZeros(rest);
                BulkBox box = target.of(warp, lane);
                int at = (int) ClusterAddress.within(shared(warp.read(from.base(), 1 << lane)[lane] + from.offset()));
                if (box != null && box.leave(warp, lane, at)) {
                    int pc = warp.pc();
                    warp.stores().start(lane, () -> warp.at(pc, () -> box.store(warp, lane, at)));
                }
            }
        };
    }
}
