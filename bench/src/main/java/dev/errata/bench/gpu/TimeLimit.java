package dev.errata.bench.gpu;

import dev.errata.tensor.BadInputException;

/** How long work may go on; asked between its parts. */
public final class TimeLimit {
    private final long end;

    private TimeLimit(long end) {
        this.end = end;
    }

    /**
     * So many minutes from now; without a limit for null.
     *
     * @throws BadInputException if it isn't a number above 0
     */
    public static TimeLimit ofMinutes(Double minutes) {
        if (minutes != null && !(minutes > 0)) {
            throw new BadInputException("--minutes is " + minutes, "the command line", "give a number above 0");
        }
        return new TimeLimit(minutes == null ? Long.MAX_VALUE : System.nanoTime() + (long) (minutes * 60e9));
    }

    public boolean isOver() {
        return end != Long.MAX_VALUE && System.nanoTime() - end >= 0;
    }
}
