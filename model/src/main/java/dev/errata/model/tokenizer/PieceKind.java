package dev.errata.model.tokenizer;

/** What a SentencePiece entry is; GGUF uses the same numbers. */
public enum PieceKind {
    NORMAL(1),
    UNKNOWN(2),
    CONTROL(3),
    USER_DEFINED(4),
    UNUSED(5),
    BYTE(6);

    private final int number;

    PieceKind(int number) {
        this.number = number;
    }

    /** The number that files store. */
    public int number() {
        return number;
    }

    /** The kind with a stored number, or null where there is none. */
    static PieceKind ofNumber(long number) {
        for (PieceKind kind : values()) {
            if (kind.number == number) {
                return kind;
            }
        }
        return null;
    }

    /** Whether text can become this piece; the other kinds have a name, but no text of their own. */
    boolean isText() {
        return this == NORMAL || this == USER_DEFINED || this == UNUSED;
    }
}
