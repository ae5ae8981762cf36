package dev.errata.model.tokenizer;

/** The Unicode property White_Space, all of whose characters lie in the basic plane. */
final class UnicodeSpace {
    private UnicodeSpace() {}

    static boolean isSpace(char c) {
        return (c >= '\t' && c <= '\r') || c == 0x85 || Character.isSpaceChar(c);
    }
}
