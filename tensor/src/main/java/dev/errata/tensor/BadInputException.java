package dev.errata.tensor;

/** Wrong usage or bad input: a file, an option or a config that can't be used as it is. Exit code 2. */
public final class BadInputException extends ErrataException {
    private static final long serialVersionUID = 1L;

    public BadInputException(String what, String where, String remedy) {
        this(what, where, remedy, null);
    }

    public BadInputException(String what, String where, String remedy, Throwable cause) {
        super(what, where, remedy, cause);
    }

    @Override
    public int exitCode() {
        return 2;
    }
}
