package dev.errata.tensor;

/** What depends on the world after the start failed, as a full disk or an endpoint that doesn't answer. Exit code 1. */
public final class RunFailedException extends ErrataException {
    private static final long serialVersionUID = 1L;

    public RunFailedException(String what, String where, String remedy) {
        this(what, where, remedy, null);
    }

    public RunFailedException(String what, String where, String remedy, Throwable cause) {
        super(what, where, remedy, cause);
    }

    @Override
    public int exitCode() {
        return 1;
    }
}
