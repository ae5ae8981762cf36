package dev.errata.model.chat;

/** What is wrong in a template, still without its place; {@link ChatTemplate} adds file and line. */
final class TemplateFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TemplateFailure(String message) {
        super(message);
    }
}
