package dev.errata.kernels.machine;

/** What an instruction works on. Its text is that of Intel's syntax. */
public sealed interface MachineOperand permits Gpr, Zmm, Ymm, Tmm, Opmask, Masked, Address, Immediate, Label {}
