package dev.errata.kernels.sim.ptx;

import java.util.List;

/** A place in a list of tokens. */
final class Tokens {
    private final List<Token> tokens;
    private int at;

    Tokens(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token peek() {
        return tokens.get(at);
    }

    Token peek(int ahead) {
        return tokens.get(Math.min(at + ahead, tokens.size() - 1));
    }

    Token next() {
        Token token = tokens.get(at);
        if (token.kind() != Token.Kind.END) {
            at++;
        }
        return token;
    }

    int line() {
        return peek().line();
    }

    boolean atEnd() {
        return peek().kind() == Token.Kind.END;
    }

    /** Steps over this mark or word if it comes next. */
    boolean skip(String text) {
        if (peek().is(text)) {
            at++;
            return true;
        }
        return false;
    }

    void expect(String text) {
        if (!skip(text)) {
            throw unexpected("`" + text + "`");
        }
    }

    String word() {
        if (peek().kind() != Token.Kind.WORD) {
            throw unexpected("a name");
        }
        return next().text();
    }

    long integer() {
        boolean negative = skip("-");
        if (peek().kind() == Token.Kind.NUMBER && Numbers.parse(next(), negative) instanceof Operand.Int i) {
            return i.value();
        }
        at--;
        throw unexpected("an integer");
    }

    int size() {
        long value = integer();
        if (value < 0 || value > Integer.MAX_VALUE) {
            at--;
            throw unexpected("a number of things");
        }
        return (int) value;
    }

    PtxException unexpected(String wanted) {
        return new PtxException(line(), "expected " + wanted + ", found `" + peek().text() + "`");
    }
}
