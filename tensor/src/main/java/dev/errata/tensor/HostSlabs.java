package dev.errata.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.TreeMap;

/**
 * Host memory for a pool. Where the system lets us, it is one range of addresses that grows, whose pages take memory once
 * they are written and not before; elsewhere Java allocates slabs.
 */
final class HostSlabs implements BlockAllocator.Slabs, AutoCloseable {
    /** Where no range can be had. */
    private static final MemoryRules SLABS = new MemoryRules(64, 64 << 20, false);

    private final HostRange range = HostRange.reserve();
    private final TreeMap<Long, Slab> slabs = new TreeMap<>();

    private record Slab(MemorySegment memory, Arena arena) {}

    MemoryRules rules() {
        return range == null ? SLABS : MemoryRules.HOST;
    }

    @Override
    public long take(long bytes) {
        if (range != null) {
            return range.grow(bytes);
        }
        Arena arena = Arena.ofShared();
        try {
            MemorySegment memory = arena.allocate(bytes, SLABS.alignment());
            slabs.put(memory.address(), new Slab(memory, arena));
            return memory.address();
        } catch (OutOfMemoryError e) {
            arena.close();
            return NONE;
        }
    }

    @Override
    public void giveBack(long address, long bytes) {
        if (range != null) {
            range.shrink(bytes);
        } else {
            slabs.remove(address).arena().close();
        }
    }

    /** So many bytes from an address on, which lies in what was taken. */
    MemorySegment at(long address, long bytes) {
        if (range != null) {
            return range.at(address, bytes);
        }
        var slab = slabs.floorEntry(address);
        return slab.getValue().memory().asSlice(address - slab.getKey(), bytes);
    }

    @Override
    public void close() {
        if (range != null) {
            range.close();
        }
    }
}
