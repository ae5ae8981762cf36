package dev.errata.tensor;

/**
 * A failure that the user is told in one sentence, {@code what: where: remedy}, without a stack trace.
 *
 * <p>Two kinds exist: {@link BadInputException} (exit code 2) and {@link RunFailedException} (exit code 1). Anything
 * else that is thrown is a mistake of ours.
 */
public abstract sealed class ErrataException extends RuntimeException permits BadInputException, RunFailedException {
    private static final long serialVersionUID = 1L;

    private final String what;
    private final String where;
    private final String remedy;

    ErrataException(String what, String where, String remedy, Throwable cause) {
        super(what + ": " + where + ": " + remedy, cause);
        this.what = what;
        this.where = where;
        this.remedy = remedy;
    }

    /** What is wrong, as in "tensor is missing". */
    public String what() {
        return what;
    }

    /** The place: a file, with its line where it has one, a config key, an option, an address. */
    public String where() {
        return where;
    }

    /** What the user can do about it. */
    public String remedy() {
        return remedy;
    }

    /** The exit code of a command that ends with this failure. */
    public abstract int exitCode();
}
