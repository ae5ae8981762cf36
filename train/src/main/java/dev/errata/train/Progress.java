package dev.errata.train;

import java.io.PrintStream;
import java.util.Locale;

/**
 * Says on stderr how far the work is, with its rate and the time left: on a terminal one line that is written anew, else
 * a plain line every few seconds and one at the end.
 */
public final class Progress {
    private static final long TERMINAL_NANOS = 200_000_000L;
    private static final long PLAIN_NANOS = 5_000_000_000L;

    private final PrintStream err;
    private final boolean terminal;
    private final boolean quiet;

    public Progress(PrintStream err, boolean terminal, boolean quiet) {
        this.err = err;
        this.terminal = terminal;
        this.quiet = quiet;
    }

    /** One that says nothing. */
    public static Progress silent() {
        return new Progress(System.err, false, true);
    }

    /** Says one line. */
    public void say(String line) {
        if (!quiet) {
            err.println(line);
        }
    }

    /**
     * Begins a piece of work.
     *
     * @param name what is done, as {@code sample}
     * @param unit what is counted, as {@code paths}
     * @param done how many of {@code total} were done before this start
     */
    public Bar begin(String name, String unit, long done, long total) {
        return new Bar(name, unit, done, total);
    }

    /** The progress of one piece of work; closing it ends its line. */
    public final class Bar implements AutoCloseable {
        private final String name;
        private final String unit;
        private final long total;
        private final long before;
        private final long begun = System.nanoTime();
        private long done;
        private long said = begun;
        private String note = "";

        private Bar(String name, String unit, long done, long total) {
            this.name = name;
            this.unit = unit;
            this.done = done;
            this.before = done;
            this.total = total;
        }

        /** So many more are done. */
        public synchronized void advance(long count) {
            done += count;
            long now = System.nanoTime();
            if (!quiet && now - said >= (terminal ? TERMINAL_NANOS : PLAIN_NANOS)) {
                said = now;
                say(now);
            }
        }

        /** How many are done, those before this start included. */
        public synchronized long done() {
            return done;
        }

        /** Something to show behind the count, as {@code loss 1.23}. */
        public synchronized void note(String text) {
            note = text.isEmpty() ? "" : ", " + text;
        }

        private void say(long now) {
            if (terminal) {
                err.print("\r\u001b[K" + picture() + " " + line(now));
                err.flush();
            } else {
                err.println(line(now));
            }
        }

        private String picture() {
            int filled = total <= 0 ? 0 : (int) (20 * Math.min(done, total) / total);
            return "[" + "#".repeat(filled) + "-".repeat(20 - filled) + "]";
        }

        private String line(long now) {
            double seconds = (now - begun) / 1e9;
            double rate = seconds > 0 ? (done - before) / seconds : 0;
            String left = done >= total
                    ? "took " + time(seconds)
                    : rate > 0 ? "about " + time((total - done) / rate) + " left" : "";
            String shownRate = String.format(Locale.ROOT, rate < 10 ? "%.2f/s" : "%.0f/s", rate);
            return name + ": " + done + " of " + total + " " + unit + ", " + shownRate + ", " + left + note;
        }

        private static String time(double seconds) {
            if (seconds < 60) {
                return String.format(Locale.ROOT, "%.1f s", seconds);
            }
            long whole = Math.round(seconds);
            return whole < 3600
                    ? String.format(Locale.ROOT, "%d min %02d s", whole / 60, whole % 60)
                    : String.format(Locale.ROOT, "%d h %02d min", whole / 3600, whole % 3600 / 60);
        }

        @Override
        public synchronized void close() {
            if (quiet) {
                return;
            }
            say(System.nanoTime());
            if (terminal) {
                err.println();
            }
        }
    }
}
