package dev.errata.bench.recovery;

import dev.errata.bench.recovery.fault.FaultKind;
import java.util.Locale;

/** What happens to a run. */
enum Disturbance {
    /** The process is gone before a file operation. */
    HALT(FaultKind.HALT),
    /** The process is gone within a file operation. */
    TORN(FaultKind.TORN),
    /** The power goes at a file operation, and what wasn't forced to the disk with it. */
    POWER(FaultKind.POWER),
    /** The disk is full from a file operation on. */
    FULL(FaultKind.FULL),
    /** A file operation fails. */
    IO(FaultKind.IO),
    /** The file system is read-only from a file operation on. */
    READ_ONLY(FaultKind.READ_ONLY),
    /** SIGTERM at a file operation. */
    TERM(FaultKind.TERM),
    /** SIGINT at a file operation. */
    INT(FaultKind.INT),
    /** SIGKILL at a random time. */
    KILL(null),
    /** The process is gone, then logs and unfinished files are cut at random bytes. */
    CUT(FaultKind.HALT),
    /** The process is gone, then the newest checkpoint is damaged. */
    DAMAGE(FaultKind.HALT),
    /** The process is gone, then the clock has jumped: all files are years older or younger than now. */
    CLOCK(FaultKind.HALT),
    /** The run is given a small disk of its own, which is made larger once it is full. */
    SMALL_DISK(null),
    /** The server that the run asks is killed at a random time. */
    SERVER(null);

    private final FaultKind fault;

    Disturbance(FaultKind fault) {
        this.fault = fault;
    }

    /** What the run's own disk does; null: nothing. */
    FaultKind fault() {
        return fault;
    }

    /** Whether it can happen to a run that shares its process with others. */
    boolean needsProcess() {
        return switch (this) {
            case TERM, INT, KILL, SMALL_DISK, SERVER -> true;
            case HALT, TORN, POWER, FULL, IO, READ_ONLY, CUT, DAMAGE, CLOCK -> false;
        };
    }

    /** Whether it comes at a time and not at a file operation. */
    boolean isTimed() {
        return this == KILL || this == SERVER;
    }

    /** As the table and {@code --kinds} have it. */
    String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
