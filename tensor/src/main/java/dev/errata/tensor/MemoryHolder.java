package dev.errata.tensor;

/**
 * What one name holds of a backend's memory.
 *
 * @param bytes of all its allocations together, rounded as the backend does
 * @param count of allocations
 */
public record MemoryHolder(String name, long bytes, int count) {}
