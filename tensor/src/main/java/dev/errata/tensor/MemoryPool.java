package dev.errata.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/**
 * Off-heap host memory that is handed out again after it was freed, so that a training step allocates nothing once it
 * has run before. Blocks are 64-byte aligned; their sizes are rounded up to an eighth of a power of two.
 */
public final class MemoryPool implements AutoCloseable {
    private static final int ALIGNMENT = 64;

    private final Map<Long, ArrayDeque<Block>> free = new HashMap<>();
    private final Map<MemorySegment, Block> live = new HashMap<>();
    private long liveBytes;
    private long peakBytes;

    private record Block(MemorySegment memory, Arena arena) {}

    public synchronized HostMemory allocate(long bytes) {
        long size = rounded(bytes);
        ArrayDeque<Block> spare = free.get(size);
        Block block = spare == null || spare.isEmpty() ? fresh(size) : spare.pop();
        MemorySegment memory = block.memory().asSlice(0, bytes);
        live.put(memory, block);
        liveBytes += size;
        peakBytes = Math.max(peakBytes, liveBytes);
        return new HostMemory(memory);
    }

    /** Takes memory back; memory that isn't the pool's is left alone. */
    public synchronized void free(HostMemory memory) {
        Block block = live.remove(memory.segment());
        if (block != null) {
            long size = block.memory().byteSize();
            liveBytes -= size;
            free.computeIfAbsent(size, s -> new ArrayDeque<>()).push(block);
        }
    }

    public synchronized long liveBytes() {
        return liveBytes;
    }

    public synchronized long peakBytes() {
        return peakBytes;
    }

    public synchronized void resetPeak() {
        peakBytes = liveBytes;
    }

    /** Returns unused blocks to the system. */
    public synchronized void trim() {
        free.values().forEach(blocks -> blocks.forEach(block -> block.arena().close()));
        free.clear();
    }

    @Override
    public synchronized void close() {
        trim();
        live.values().forEach(block -> block.arena().close());
        live.clear();
        liveBytes = 0;
    }

    /** New memory; where there is none left, unused blocks of other sizes are given up for it. */
    private Block fresh(long size) {
        try {
            return mapped(size);
        } catch (OutOfMemoryError e) {
            trim();
        }
        try {
            return mapped(size);
        } catch (OutOfMemoryError e) {
            throw new RunFailedException(
                    "out of memory",
                    size + " bytes for a tensor beside " + liveBytes + " in use",
                    "use a smaller micro_batch_size or batch_size, or recompute: all",
                    e);
        }
    }

    private static Block mapped(long size) {
        Arena arena = Arena.ofShared();
        try {
            return new Block(arena.allocate(size, ALIGNMENT), arena);
        } catch (OutOfMemoryError e) {
            arena.close();
            throw e;
        }
    }

    /** What so many bytes take: at least 64; above that a multiple of an eighth of the power of two below. */
    public static long rounded(long bytes) {
        long step = Math.max(ALIGNMENT, Long.highestOneBit(Math.max(bytes, 1)) >> 3);
        return Math.max(ALIGNMENT, (bytes + step - 1) / step * step);
    }
}
