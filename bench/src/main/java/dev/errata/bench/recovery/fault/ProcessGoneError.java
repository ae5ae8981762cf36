package dev.errata.bench.recovery.fault;

/** Ends the work of a process that would be gone, without being caught by anything that handles failures. */
public final class ProcessGoneError extends Error {
    private static final long serialVersionUID = 1L;

    ProcessGoneError() {
        super("the process is gone", null, false, false);
    }
}
