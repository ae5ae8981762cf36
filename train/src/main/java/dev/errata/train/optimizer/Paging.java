package dev.errata.train.optimizer;

import java.util.Locale;

/**
 * What paged optimizer states did since the start.
 *
 * @param pages in all; 0 where everything fits into the budget and nothing is moved
 * @param pageBytes of each
 * @param hits times that a page was needed and was in memory
 * @param misses times that it had to come in
 * @param waits misses that were not read ahead in time
 * @param bytesIn moved into memory
 * @param bytesOut moved out of it
 */
public record Paging(int pages, long pageBytes, long hits, long misses, long waits, long bytesIn, long bytesOut) {
    /** Nothing was paged. */
    static final Paging NONE = new Paging(0, 0, 0, 0, 0, 0, 0);

    /** One line for the user. */
    public String describe() {
        if (pages == 0) {
            return "optimizer states fit into optimizer.page_budget_mb, none was paged";
        }
        return String.format(
                Locale.ROOT,
                "optimizer states in %d pages of %d KiB: %d hits, %d misses (%d waited for), %.1f MiB in, %.1f MiB out",
                pages,
                pageBytes >> 10,
                hits,
                misses,
                waits,
                bytesIn / (double) (1 << 20),
                bytesOut / (double) (1 << 20));
    }
}
