package dev.errata.model.chat;

/**
 * A token of a template.
 *
 * @param text the text as written; of a string its value
 * @param line from 1
 */
record Token(Kind kind, String text, int line) {
    enum Kind {
        /** Text outside of tags. */
        DATA,
        BLOCK_BEGIN,
        BLOCK_END,
        VARIABLE_BEGIN,
        VARIABLE_END,
        NAME,
        STRING,
        INTEGER,
        FLOAT,
        OPERATOR,
        END
    }

    boolean is(Kind wanted, String wantedText) {
        return kind == wanted && text.equals(wantedText);
    }

    boolean isOperator(String operator) {
        return is(Kind.OPERATOR, operator);
    }

    boolean isName(String name) {
        return is(Kind.NAME, name);
    }

    /** The token as shown in a message. */
    String shown() {
        return kind == Kind.END ? "the end of the template" : "'" + text + "'";
    }
}
