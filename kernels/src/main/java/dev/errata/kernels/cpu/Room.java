package dev.errata.kernels.cpu;

import dev.errata.tensor.HostMemory;
import dev.errata.tensor.MemoryPool;

/** Native memory that grows by halves, so that an operator that needs a little more each time rarely waits for it. */
final class Room {
    private static final long LEAST = 4096;

    private final String name;
    private final MemoryPool pool;
    private HostMemory memory;

    Room(String name, MemoryPool pool) {
        this.name = name;
        this.pool = pool;
    }

    /** The address of so many floats, 64-byte aligned; what was there before is undefined. */
    long floats(long count) {
        if (memory == null || memory.bytes() < count * 4) {
            long bytes = Math.max(count * 4, memory == null ? LEAST : memory.bytes() * 3 / 2);
            if (memory != null) {
                pool.free(memory);
            }
            memory = pool.allocate(name, bytes);
        }
        return memory.segment().address();
    }
}
