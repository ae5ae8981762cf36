package dev.errata.bench.gpu;

/** How long work may go on; asked between its parts. */
final class TimeLimit {
    private final long end;

    private TimeLimit(long end) {
        this.end = end;
    }

    /** So many minutes from now; without a limit for null. */
    static TimeLimit ofMinutes(Double minutes) {
        return new TimeLimit(minutes == null ? Long.MAX_VALUE : System.nanoTime() + (long) (minutes * 60e9));
    }

    boolean isOver() {
        return end != Long.MAX_VALUE && System.nanoTime() - end >= 0;
    }
}
