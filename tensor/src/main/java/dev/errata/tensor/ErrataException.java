package dev.errata.tensor;

import java.util.regex.Pattern;

/**
 * A failure that the user is told in one sentence, {@code what: where: remedy}, without a stack trace.
 *
 * <p>The parts are made plain: line breaks and control characters become spaces, colons leave {@code what}, and what a
 * hostile file makes longer than 1000 characters is cut.
 *
 * <p>Two kinds exist: {@link BadInputException} (exit code 2) and {@link RunFailedException} (exit code 1). Anything
 * else that is thrown is a mistake of ours.
 */
public abstract sealed class ErrataException extends RuntimeException permits BadInputException, RunFailedException {
    private static final long serialVersionUID = 1L;

    private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}\\p{Cf}\\u2028\\u2029]+");
    private static final int LONGEST = 1000;

    private final String what;
    private final String where;
    private final String remedy;

    ErrataException(String what, String where, String remedy, Throwable cause) {
        this(cause, plain(what).replace(": ", " ").replace(':', ' '), plain(where), plain(remedy));
    }

    private ErrataException(Throwable cause, String what, String where, String remedy) {
        super(what + ": " + where + ": " + remedy, cause);
        this.what = what;
        this.where = where;
        this.remedy = remedy;
    }

    /** Parts may quote a foreign file: no line breaks, no control characters that a terminal obeys, no endless names. */
    private static String plain(String part) {
        String line = CONTROL.matcher(part).replaceAll(" ").strip();
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "…";
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
