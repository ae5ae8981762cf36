package dev.errata.pipeline.correct.openai;

import java.util.random.RandomGenerator;

/** Waits between tries: they double, and vary by a third so that clients don't come back all at once. */
final class Backoff {
    private static final double FIRST_MILLIS = 250;
    private static final double LONGEST_MILLIS = 30_000;

    private Backoff() {}

    /** Milliseconds before the try after the given number of failed ones (from 1). */
    static long millis(int failed, RandomGenerator random) {
        double doubled = Math.min(LONGEST_MILLIS, FIRST_MILLIS * Math.pow(2, failed - 1));
        return Math.round(doubled * (2 + 2 * random.nextDouble()) / 3);
    }
}
