package dev.errata.kernels.cuda;

import dev.errata.tensor.BlockAllocator;
import dev.errata.tensor.MemoryHolder;
import dev.errata.tensor.MemoryRules;
import dev.errata.tensor.RunFailedException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Device memory that is handed out again after it was freed, cut from slabs and joined again by a {@link BlockAllocator}.
 * Since all work runs on one stream, memory that was freed can be given to the next operator while the last one that reads
 * it is still waiting to run.
 */
final class DevicePool implements AutoCloseable {
    static final int ALIGNMENT = 256;

    private static final int NAMED = 5;
    private static final long REGION_SLAB_BYTES = 8L << 20;

    private final CudaDriver driver;
    private final BlockAllocator blocks;
    private final Map<Long, Long> scratch = new HashMap<>();
    private long scratchBytes;
    private long peakScratchBytes;
    private CudaException last;
    private Region region;

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

    /**
     * Memory of a captured step, whose addresses stay its own until it is closed: what is allocated between {@link #enter} and
     * {@link #leave} is cut from it, and may be freed and used again in between.
     */
    final class Region implements AutoCloseable {
        private final BlockAllocator parts;
        private final Set<Long> given = new HashSet<>();
        private final List<Long> taken = new ArrayList<>();

        private Region() {
            MemoryRules rules = blocks.rules();
            long slab = rules.isSingle() ? 0 : REGION_SLAB_BYTES;
            parts = new BlockAllocator(new MemoryRules(ALIGNMENT, slab, false), new BlockAllocator.Slabs() {
                @Override
                public long take(long bytes) {
                    long address = blocks.allocate("a captured step", bytes);
                    if (address != NONE) {
                        taken.add(address);
                    }
                    return address;
                }

                @Override
                public void giveBack(long address, long bytes) {}
            });
        }

        private long allocate(String what, long bytes) {
            long address = parts.allocate(what, bytes);
            if (address != BlockAllocator.Slabs.NONE) {
                given.add(address);
            }
            return address;
        }

        private boolean free(long address) {
            boolean mine = given.remove(address);
            if (mine) {
                parts.free(address);
            }
            return mine;
        }

        void enter() {
            synchronized (DevicePool.this) {
                region = this;
            }
        }

        void leave() {
            synchronized (DevicePool.this) {
                region = null;
            }
        }

        @Override
        public void close() {
            synchronized (DevicePool.this) {
                taken.forEach(blocks::free);
                taken.clear();
            }
        }
    }

    Region region() {
        return new Region();
    }

    /** For scratch of an operator. */
    synchronized DeviceMemory allocate(long bytes) {
        DeviceMemory memory = allocate("scratch of an operator", bytes);
        scratch.put(memory.address(), bytes);
        scratchBytes += bytes;
        peakScratchBytes = Math.max(peakScratchBytes, scratchBytes);
        return memory;
    }

    /**
     * @param what it is for
     * @throws RunFailedException if there is none left
     */
    synchronized DeviceMemory allocate(String what, long bytes) {
        long address = region == null ? blocks.allocate(what, bytes) : region.allocate(what, bytes);
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
        Long ofOperator = scratch.remove(memory.address());
        scratchBytes -= ofOperator == null ? 0 : ofOperator;
        if (region == null || !region.free(memory.address())) {
            blocks.free(memory.address());
        }
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
        peakScratchBytes = scratchBytes;
    }

    /** The most that operators held at a time for their own time. */
    synchronized long peakScratchBytes() {
        return peakScratchBytes;
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
