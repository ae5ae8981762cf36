package dev.errata.kernels.cuda;

import dev.errata.tensor.BlockAllocator;
import dev.errata.tensor.MemoryHolder;
import dev.errata.tensor.MemoryRules;
import dev.errata.tensor.RunFailedException;
import java.util.List;

/**
 * Device memory that is handed out again after it was freed, cut from slabs and joined again by a {@link BlockAllocator}.
 * Since all work runs on one stream, memory that was freed can be given to the next operator while the last one that reads
 * it is still waiting to run.
 */
final class DevicePool implements AutoCloseable {
    static final int ALIGNMENT = 256;

    private static final int NAMED = 5;

    private final CudaDriver driver;
    private final BlockAllocator blocks;
    private CudaException last;

    /**
     * @param slabBytes the least that is taken from the driver at a time; 0 takes each tensor's memory by itself and gives
     *     it back when it is freed, so that a checking driver sees what runs over a tensor's end
     */
    DevicePool(CudaDriver driver, long slabBytes) {
        this.driver = driver;
        this.blocks = new BlockAllocator(new MemoryRules(ALIGNMENT, slabBytes, false), new DriverSlabs());
    }

    /** The driver's memory; where it has no more, the error is kept for whoever asked. */
    private final class DriverSlabs implements BlockAllocator.Slabs {
        @Override
        public long take(long bytes) {
            try {
                return driver.allocate(bytes);
            } catch (CudaException e) {
                if (!e.error().equals("CUDA_ERROR_OUT_OF_MEMORY")) {
                    throw e;
                }
                last = e;
                return NONE;
            }
        }

        @Override
        public void giveBack(long address, long bytes) {
            driver.free(address);
        }
    }

    /** For scratch of an operator. */
    DeviceMemory allocate(long bytes) {
        return allocate("scratch of an operator", bytes);
    }

    /**
     * @param what it is for
     * @throws RunFailedException if there is none left
     */
    synchronized DeviceMemory allocate(String what, long bytes) {
        long address = blocks.allocate(what, bytes);
        if (address == BlockAllocator.Slabs.NONE) {
            throw new RunFailedException(
                    "out of device memory",
                    bytes + " bytes for " + what + " beside " + blocks.liveBytes() + " in use of "
                            + driver.properties().memoryBytes() + ", most of it by " + blocks.largest(NAMED),
                    "use a smaller micro_batch_size or batch_size, or recompute: all",
                    last);
        }
        return new DeviceMemory(address, bytes);
    }

    /** Takes memory back; memory that isn't the pool's, as a part of a tensor, is left alone. */
    synchronized void free(DeviceMemory memory) {
        blocks.free(memory.address());
    }

    /** Gives slabs back of which nothing is in use. */
    synchronized void trim() {
        blocks.trim();
    }

    synchronized long liveBytes() {
        return blocks.liveBytes();
    }

    synchronized long peakBytes() {
        return blocks.peakBytes();
    }

    synchronized void resetPeak() {
        blocks.resetPeak();
    }

    /** Bytes taken from the driver. */
    synchronized long reservedBytes() {
        return blocks.reservedBytes();
    }

    synchronized long peakReservedBytes() {
        return blocks.peakReservedBytes();
    }

    /** What is live, added up by name, the largest first. */
    synchronized List<MemoryHolder> holders() {
        return blocks.holders();
    }

    MemoryRules rules() {
        return blocks.rules();
    }

    @Override
    public synchronized void close() {
        blocks.close();
    }

    /** What so many bytes take of a slab. */
    static long rounded(long bytes) {
        return Math.max(ALIGNMENT, (bytes + ALIGNMENT - 1) & -ALIGNMENT);
    }
}
