package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.machine.Step;
import dev.errata.kernels.sim.ptx.Instruction;
import dev.errata.kernels.sim.ptx.PtxException;

/** {@code cp.async.bulk}. */
final class BulkCopies {
    private BulkCopies() {}

    static Step bulk(Instruction in, Operands o) {
        PtxException unknown = PtxException.unknown(in);
        throw unknown;
    }
}
