package dev.errata.kernels.machine;

/** Bytes that instructions read, aligned to a cache line. */
public record Constant(byte[] bytes) implements Line {}
