package dev.errata.kernels.machine;

/** A line of a listing: an instruction, a label for what comes next, or bytes that are no instructions. */
public sealed interface Line permits MachineInstruction, Label, Constant {}
