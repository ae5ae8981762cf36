package dev.errata.pipeline.correct.openai;

/** Spreads requests evenly over time. */
final class Pace {
    private final long nanosApart;
    private long next = System.nanoTime();

    /** At most so many requests a minute; 0: no limit. */
    Pace(int requestsPerMinute) {
        this.nanosApart = requestsPerMinute == 0 ? 0 : 60_000_000_000L / requestsPerMinute;
    }

    /** Takes the next free moment; returns the milliseconds until then. */
    synchronized long take() {
        if (nanosApart == 0) {
            return 0;
        }
        long now = System.nanoTime();
        long mine = next - now > 0 ? next : now;
        next = mine + nanosApart;
        return (mine - now + 999_999) / 1_000_000;
    }
}
