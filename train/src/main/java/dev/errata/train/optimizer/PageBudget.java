package dev.errata.train.optimizer;

/**
 * How much memory paged moments may hold, and the size of a page.
 *
 * @param bytes at most in memory at a time
 * @param pageBytes of each page
 */
public record PageBudget(long bytes, long pageBytes) {
    /** One page is worked on, one comes in, one goes out. */
    static final int IN_MOTION = 3;

    private static final long LARGEST_PAGE = 4L << 20;
    private static final int PAGES = 16;

    /**
     * @throws IllegalArgumentException if less than four pages fit
     */
    public PageBudget {
        if (pageBytes <= 0 || bytes / pageBytes <= IN_MOTION) {
            throw new IllegalArgumentException("pages of " + pageBytes + " bytes within " + bytes);
        }
    }

    /** At least 16 pages, of 4 MiB or less. */
    public static PageBudget ofMebibytes(int mebibytes) {
        long bytes = (long) mebibytes << 20;
        return new PageBudget(bytes, Math.min(LARGEST_PAGE, Long.highestOneBit(bytes / PAGES)));
    }

    /** Pages that are in memory at a time. */
    int pages() {
        return Math.toIntExact(bytes / pageBytes);
    }
}
