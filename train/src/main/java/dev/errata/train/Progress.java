package dev.errata.train;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Says on stderr how far the work is, with its rate and the time left: on a terminal one line that is written anew, else
 * a plain line every few seconds and one at the end. Work whose first piece takes long is heard of too.
 */
public final class Progress {
    private static final long TERMINAL_NANOS = 200_000_000L;
    private static final long PLAIN_NANOS = 5_000_000_000L;
    /** A line while nothing moves: first so soon after the start, then this often. */
    private static final long FIRST_MILLIS = 1_000;

    private static final long STILL_MILLIS = 10_000;

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
        private final long before;
        private final long begun = System.nanoTime();
        private final Thread still;
        private long total;
        private long done;
        private long saidAt = begun;
        private String said = "";
        private String note = "";
        private boolean closed;

        private Bar(String name, String unit, long done, long total) {
            this.name = name;
            this.unit = unit;
            this.done = done;
            this.before = done;
            this.total = total;
            this.still = quiet ? null : Thread.ofVirtual().name("progress").start(this::sayWhileStill);
        }

        /** So many more are done. */
        public synchronized void advance(long count) {
            done += count;
            total = Math.max(total, done);
            long now = System.nanoTime();
            if (!quiet && now - saidAt >= (terminal ? TERMINAL_NANOS : PLAIN_NANOS)) {
                write(now);
            }
        }

        /** All is done, should the total have been a guess. */
        public synchronized void finish() {
            total = done;
        }

        /** How many are done, those before this start included. */
        public synchronized long done() {
            return done;
        }

        /** Something to show behind the count, as {@code loss 1.23}. */
        public synchronized void note(String text) {
            note = text;
        }

        /** Says a line of its own amid the work. */
        public synchronized void say(String line) {
            if (quiet) {
                return;
            }
            if (terminal && !said.isEmpty()) {
                err.print("\r\u001b[K");
                said = "";
            }
            err.println(line);
        }

        private void sayWhileStill() {
            try {
                Thread.sleep(FIRST_MILLIS);
                while (true) {
                    synchronized (this) {
                        if (closed) {
                            return;
                        }
                        long now = System.nanoTime();
                        if (terminal || said.isEmpty() || now - saidAt >= STILL_MILLIS * 1_000_000) {
                            write(now);
                        }
                    }
                    Thread.sleep(FIRST_MILLIS);
                }
            } catch (InterruptedException e) {
                // closed
            }
        }

        private void write(long now) {
            saidAt = now;
            said = line(now);
            if (terminal) {
                err.print("\r\u001b[K" + picture() + " " + said);
                err.flush();
            } else {
                err.println(said);
            }
        }

        private String picture() {
            int filled = total <= 0 ? 0 : (int) (20 * Math.min(done, total) / total);
            return "[" + "#".repeat(filled) + "-".repeat(20 - filled) + "]";
        }

        private String line(long now) {
            double seconds = (now - begun) / 1e9;
            List<String> parts = new ArrayList<>();
            parts.add(name + ": " + done + " of " + total + " " + unit);
            if (!note.isEmpty()) {
                parts.add(note);
            }
            if (done > before && seconds > 0) {
                double rate = (done - before) / seconds;
                parts.add(String.format(Locale.ROOT, rate < 10 ? "%.2f/s" : "%.0f/s", rate));
                parts.add(done >= total ? "took " + time(seconds) : "about " + time((total - done) / rate) + " left");
            } else if (done < total) {
                parts.add("at work on the first since " + time(seconds));
            }
            return String.join(", ", parts);
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

        /** Says where the work ended, unless the last line said so already. */
        @Override
        public void close() {
            synchronized (this) {
                closed = true;
                if (!quiet) {
                    boolean moved = done > before;
                    boolean isSaid = !terminal && said.startsWith(name + ": " + done + " of " + total + " ");
                    if (moved && !isSaid) {
                        write(System.nanoTime());
                    }
                    if (terminal && !said.isEmpty()) {
                        err.println();
                    }
                }
            }
            if (still != null) {
                still.interrupt();
            }
        }
    }
}
