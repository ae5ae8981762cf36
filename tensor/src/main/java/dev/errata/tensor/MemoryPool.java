package dev.errata.tensor;

import java.util.List;

/**
 * Off-heap host memory that is handed out again after it was freed, so that a training step takes nothing from the system
 * once it has run before; cut from slabs and joined again by a {@link BlockAllocator}. Blocks are 64-byte aligned.
 */
public final class MemoryPool implements AutoCloseable {
    private static final int NAMED = 5;

    private final HostSlabs slabs = new HostSlabs();
    private final BlockAllocator blocks = new BlockAllocator(slabs.rules(), slabs);

    /**
     * @param what it is for
     * @throws RunFailedException if there is none left
     */
    public synchronized HostMemory allocate(String what, long bytes) {
        long address = blocks.allocate(what, bytes);
        if (address == BlockAllocator.Slabs.NONE) {
            throw new RunFailedException(
                    "out of memory",
                    bytes + " bytes for " + what + " beside " + blocks.liveBytes() + " in use, most of it by "
                            + blocks.largest(NAMED),
                    "use a smaller micro_batch_size or batch_size, or recompute: all");
        }
        return new HostMemory(slabs.at(address, bytes));
    }

    /** Takes memory back; memory that isn't the pool's is left alone. */
    public synchronized void free(HostMemory memory) {
        if (memory.segment().isNative()) {
            blocks.free(memory.segment().address());
        }
    }

    public synchronized long liveBytes() {
        return blocks.liveBytes();
    }

    public synchronized long peakBytes() {
        return blocks.peakBytes();
    }

    /** Bytes of the slabs. */
    public synchronized long reservedBytes() {
        return blocks.reservedBytes();
    }

    public synchronized long peakReservedBytes() {
        return blocks.peakReservedBytes();
    }

    public synchronized void resetPeak() {
        blocks.resetPeak();
    }

    /** What is live, added up by name, the largest first. */
    public synchronized List<MemoryHolder> holders() {
        return blocks.holders();
    }

    /** Returns slabs of which nothing is in use to the system. */
    public synchronized void trim() {
        blocks.trim();
    }

    @Override
    public synchronized void close() {
        blocks.close();
        slabs.close();
    }

    public MemoryRules rules() {
        return slabs.rules();
    }
}
