package dev.errata.pipeline.correct.openai;

import dev.errata.tensor.Philox;

/** Waits between tries: they double, and vary by a third so that requests don't come back all at once. */
final class Backoff {
    private static final double FIRST_MILLIS = 250;
    private static final double LONGEST_MILLIS = 30_000;

    private Backoff() {}

    /**
     * Milliseconds before the try after the given number of failed ones (from 1).
     *
     * @param request tells requests apart
     */
    static long millis(int failed, long request) {
        double doubled = Math.min(LONGEST_MILLIS, FIRST_MILLIS * Math.pow(2, failed - 1));
        return Math.round(doubled * (2 + 2 * Philox.uniformDouble(request, 0, failed)) / 3);
    }
}
