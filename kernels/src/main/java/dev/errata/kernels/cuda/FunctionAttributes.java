package dev.errata.kernels.cuda;

/**
 * What a loaded kernel needs.
 *
 * @param registers of a thread
 * @param staticShared bytes of shared memory that the kernel declares
 * @param local bytes of a thread's local memory: its stack and what was spilled
 * @param maxThreads of a block, as its launch bounds and registers allow
 */
public record FunctionAttributes(int registers, int staticShared, int local, int maxThreads) {}
