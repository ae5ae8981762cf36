package dev.errata.pipeline.serve;

import java.util.concurrent.TimeUnit;

/**
 * How fast sequences end, from which follows how long those that wait will take. Times are {@link System#nanoTime}'s. Used under
 * its owner's lock.
 */
final class AnswerPace {
    /** Sequences that the mean goes back by. */
    private static final int RECENT = 32;

    private double nanosEach = Double.NaN;
    private long last;

    /** Something is at work again after nothing was. */
    void begin(long now) {
        last = now;
    }

    /** Sequences have ended. */
    void end(int count, long now) {
        double each = (now - last) / (double) count;
        double weight = Math.min(1, (double) count / RECENT);
        nanosEach = Double.isNaN(nanosEach) ? each : nanosEach + weight * (each - nanosEach);
        last = now;
    }

    /** Seconds until so many further sequences have ended, from 1 to {@code most}; before any has, each takes as long as the first so far. */
    int seconds(int sequences, long now, int most) {
        double each = Double.isNaN(nanosEach) ? now - last : nanosEach;
        return (int) Math.clamp(Math.ceil(sequences * each / TimeUnit.SECONDS.toNanos(1)), 1, Math.max(1, most));
    }
}
