package dev.errata.model.chat;

/** A template that can't be read, with the line. */
final class ParseFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int line;

    ParseFailure(String message, int line) {
        super(message);
        this.line = line;
    }

    int line() {
        return line;
    }
}
