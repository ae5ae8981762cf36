package dev.errata.bench.recovery.fault;

/** What happens at a file operation. */
public enum FaultKind {
    /** The process is gone before the operation. */
    HALT,
    /** Of a write a part of the bytes is done, other operations are whole; then the process is gone. */
    TORN,
    /**
     * The power goes: the process is gone, and of the bytes that were written and not forced a random part with it. They are missing or,
     * as some file systems leave them, zeros. Names are as they were: file systems with a journal keep their order.
     */
    POWER,
    /** The disk is full from here on, after a part of the bytes of a write. */
    FULL,
    /** This one operation fails as a bad disk lets it. */
    IO,
    /** The file system is read-only from here on. */
    READ_ONLY,
    /** SIGTERM comes. */
    TERM,
    /** SIGINT comes. */
    INT;

    /** Whether all later operations fail too. */
    boolean lasts() {
        return this == FULL || this == READ_ONLY;
    }
}
