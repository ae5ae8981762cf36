package dev.errata.model.generate;

/**
 * The memory that keys and values may take, those of ended sequences too.
 *
 * @param bytes never more than these
 * @param asNeeded nor more than all slots need at their longest
 */
public record CacheBudget(long bytes, boolean asNeeded) {
    /** What all slots need at their longest, however much that is. */
    public static final CacheBudget AS_NEEDED = new CacheBudget(Long.MAX_VALUE, true);

    private static final int MOST_BLOCKS = Integer.MAX_VALUE / 64;

    /**
     * @throws IllegalArgumentException if there is nothing
     */
    public CacheBudget {
        if (bytes < 1) {
            throw new IllegalArgumentException(bytes + " bytes");
        }
    }

    /** So many bytes, whether sequences need them or not: what is left over keeps prompts for others that begin alike. */
    public static CacheBudget of(long bytes) {
        return new CacheBudget(bytes, false);
    }

    /** Blocks that it has room for. */
    int mostBlocks(long blockBytes) {
        return (int) Math.min(MOST_BLOCKS, bytes / blockBytes);
    }
}
