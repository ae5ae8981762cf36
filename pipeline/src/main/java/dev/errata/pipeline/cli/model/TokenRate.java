package dev.errata.pipeline.cli.model;

import java.util.Locale;

/** Counts new tokens and the time since the first prompt was begun. */
final class TokenRate {
    private final long begun = System.nanoTime();
    private long tokens;

    /** So many since then. */
    void set(long written) {
        tokens = written;
    }

    long tokens() {
        return tokens;
    }

    @Override
    public String toString() {
        double seconds = (System.nanoTime() - begun) / 1e9;
        return String.format(Locale.ROOT, "%.1f tokens/s", seconds > 0 ? tokens / seconds : 0);
    }
}
