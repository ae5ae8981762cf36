package dev.errata.tensor;

/**
 * How a backend takes memory from the system and rounds what it gives out, so that the meta device can count as the real
 * one would.
 *
 * @param alignment of each tensor's first byte, a power of two; sizes are rounded up to it
 * @param slab bytes that are taken at a time at least; a larger tensor gets a slab of its own size; 0 takes each tensor's
 *     own bytes, and gives them back when it is freed
 * @param grows whether slabs follow each other in addresses and are one, so that only what lacks is taken
 */
public record MemoryRules(int alignment, long slab, boolean grows) {
    /** Cache lines, in one range of addresses that grows by whole pages of any system. */
    public static final MemoryRules HOST = new MemoryRules(64, 256 << 10, true);

    /** A range this large grows by huge pages. */
    private static final long LARGE = 32 << 20;

    private static final long HUGE_PAGE = 2 << 20;

    public MemoryRules {
        if (Integer.bitCount(alignment) != 1 || slab % alignment != 0 || (grows && slab == 0)) {
            throw new IllegalArgumentException("an alignment of " + alignment + " in slabs of " + slab);
        }
    }

    /** Whether each tensor's memory is taken by itself. */
    public boolean isSingle() {
        return slab == 0;
    }

    /** What so many bytes take; at least one alignment, so that no two tensors begin at one byte. */
    public long rounded(long bytes) {
        return isSingle() ? Math.max(1, bytes) : Math.max(alignment, (bytes + alignment - 1) & -alignment);
    }

    /**
     * How much to take from the system where so much lacks.
     *
     * @param reserved what was taken before
     */
    long slab(long bytes, long reserved) {
        if (!grows) {
            return Math.max(bytes, slab);
        }
        long end = reserved + bytes;
        long unit = end < LARGE ? slab : HUGE_PAGE;
        return (end + unit - 1) / unit * unit - reserved;
    }
}
