package dev.errata.model.chat;

/** The template refuses these messages: it called {@code raise_exception} with this message. */
public final class TemplateRaisedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public TemplateRaisedException(String message) {
        super(message);
    }
}
