package dev.errata.kernels.sim.ptx;

/**
 * @param text as in the file; strings without their quotes
 */
record Token(int line, Kind kind, String text) {
    enum Kind {
        WORD,
        NUMBER,
        STRING,
        MARK,
        END
    }

    boolean is(String mark) {
        return kind != Kind.STRING && text.equals(mark);
    }
}
