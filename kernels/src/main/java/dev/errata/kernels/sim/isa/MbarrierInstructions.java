package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.machine.Step;
import dev.errata.kernels.sim.ptx.Instruction;
import dev.errata.kernels.sim.ptx.PtxException;

/** {@code mbarrier}. */
final class MbarrierInstructions {
    private MbarrierInstructions() {}

    static Step copiesArrive(Instruction in, Operands o) {
        PtxException unknown = PtxException.unknown(in);
        throw unknown;
    }
}
