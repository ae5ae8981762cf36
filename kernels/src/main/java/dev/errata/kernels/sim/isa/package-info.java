/**
 * What each PTX instruction means. A class holds one family of opcodes; {@link dev.errata.kernels.sim.isa.Opcodes} says
 * which opcode is in which. Semantics follow NVIDIA's "PTX ISA" document, whose names of families are kept.
 */
package dev.errata.kernels.sim.isa;
