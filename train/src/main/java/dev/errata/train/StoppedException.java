package dev.errata.train;

/** The work stopped where it was asked to, with everything saved. Not a failure: the command says how to continue. */
public final class StoppedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StoppedException() {
        super("stopped by a signal", null, false, false);
    }
}
