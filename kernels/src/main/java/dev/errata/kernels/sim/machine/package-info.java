/** The device: memories, grids, blocks, warps and barriers. Nothing here knows the opcodes; instructions are {@link dev.errata.kernels.sim.machine.Step}s. */
package dev.errata.kernels.sim.machine;
