package dev.errata.model.tokenizer;

/** What a SentencePiece entry is; GGUF uses the same numbers, from 1. */
enum PieceKind {
    NORMAL,
    UNKNOWN,
    CONTROL,
    USER_DEFINED,
    UNUSED,
    BYTE;

    private static final PieceKind[] ALL = values();

    /** The kind with a stored number, or null where there is none. */
    static PieceKind ofNumber(long number) {
        return number >= 1 && number <= ALL.length ? ALL[(int) number - 1] : null;
    }

    /** Whether text can become this piece; the other kinds have a name, but no text of their own. */
    boolean isText() {
        return this == NORMAL || this == USER_DEFINED || this == UNUSED;
    }
}
