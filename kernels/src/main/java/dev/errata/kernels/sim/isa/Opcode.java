package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.machine.Step;
import dev.errata.kernels.sim.ptx.Instruction;

/** Turns an instruction into a step; throws {@code PtxException} for forms that it doesn't know. */
@FunctionalInterface
interface Opcode {
    Step step(Instruction in, Operands operands);
}
