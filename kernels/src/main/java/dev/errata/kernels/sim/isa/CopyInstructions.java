package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.check.FindingKind;
import dev.errata.kernels.sim.machine.GenericSpace;
import dev.errata.kernels.sim.machine.Step;
import dev.errata.kernels.sim.machine.Warp;
import dev.errata.kernels.sim.ptx.Instruction;
import dev.errata.kernels.sim.ptx.PtxException;
import dev.errata.kernels.sim.ptx.PtxType;

/** {@code cp}: asynchronous copies of a thread from global to shared memory ({@code cp.async}). */
final class CopyInstructions {
    private CopyInstructions() {}

    static Step cp(Instruction in, Operands o) {
        if (!in.has("async")) {
            throw PtxException.unknown(in);
        }
        if (in.has("bulk")) {
            return BulkCopies.bulk(in, o);
        }
        if (in.has("commit_group")) {
            return (warp, lanes) -> warp.copies().commit(lanes);
        }
        if (in.has("wait_group")) {
            int open = (int) o.constant(0);
            return (warp, lanes) -> warp.copies().waitForAllBut(open, lanes);
        }
        if (in.has("wait_all")) {
            return (warp, lanes) -> {
                warp.copies().commit(lanes);
                warp.copies().waitForAllBut(0, lanes);
            };
        }
        if (in.has("mbarrier")) {
            return MbarrierInstructions.copiesArrive(in, o);
        }
        return copy(in, o);
    }

    /** {@code cp.async.cg.shared.global [to], [from], size{, bytes read | ignore}{, policy}}. */
    private static Step copy(Instruction in, Operands o) {
        if (in.anyOf("ca", "cg") == null || !in.has("global")) {
            throw PtxException.unknown(in);
        }
        Operands.Address to = o.address(0);
        Operands.Address from = o.address(1);
        int size = (int) o.constant(2);
        if (size != 16 && (in.has("cg") || (size != 4 && size != 8))) {
            throw o.wrong("can't copy so many bytes");
        }
        int given = o.count() - (in.has("L2::cache_hint") ? 1 : 0);
        boolean ignores = given > 3 && o.isPredicate(3);
        Truth ignore = ignores ? o.truth(3) : (_, _) -> 0;
        int read = given > 3 && !ignores ? o.value(3, PtxType.U32) : -1;
        return (warp, lanes) -> {
            long[] targets = warp.read(to.base(), lanes);
            long[] sources = MemoryAccess.addresses(warp, lanes, from);
            int ignored = ignore.of(warp, lanes);
            int reading = lanes & ~ignored;
            if (reading != 0) {
                warp.block().global().count(warp, reading, sources, size);
            }
            for (int rest = lanes; rest != 0; rest &= rest - 1) {
                int i = Integer.numberOfTrailingZeros(rest);
                int bytes = (ignored >>> i & 1) != 0 ? 0 : read < 0 ? size : bytesRead(warp, i, read, size);
                long target = GenericSpace.within(targets[i] + to.offset());
                warp.copies().start(i, sources[i], (int) target, size, bytes);
            }
        };
    }

    private static int bytesRead(Warp warp, int lane, int slot, int size) {
        long bytes = warp.read(slot, 1 << lane)[lane];
        if (bytes > size) {
            warp.report(FindingKind.OUT_OF_BOUNDS, lane, 0, "reads " + bytes + " bytes to write " + size);
            return size;
        }
        return (int) bytes;
    }

    /** A cache policy, which changes nothing that can be seen here. */
    static Step createpolicy(Instruction in, Operands o) {
        int to = o.result(0);
        return (warp, lanes) -> WarpExchange.fill(warp.write(to, lanes), lanes, 1);
    }
}
