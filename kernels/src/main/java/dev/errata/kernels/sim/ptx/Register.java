package dev.errata.kernels.sim.ptx;

/**
 * A register of a function. Names are unique within their braces only, indices within their function.
 */
public record Register(int index, String name, PtxType type) {}
