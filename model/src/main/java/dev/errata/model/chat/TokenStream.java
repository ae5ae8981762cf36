package dev.errata.model.chat;

import java.util.List;

/** The tokens of a template while it is parsed. */
final class TokenStream {
    /** Bounds the recursion of parser and interpreter. */
    private static final int MAX_DEPTH = 100;

    private final List<Token> tokens;
    private int at;
    private int depth;

    TokenStream(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token peek() {
        return tokens.get(at);
    }

    Token lookAhead() {
        return tokens.get(Math.min(at + 1, tokens.size() - 1));
    }

    Token next() {
        Token token = tokens.get(at);
        if (at + 1 < tokens.size()) {
            at++;
        }
        return token;
    }

    int line() {
        return peek().line();
    }

    boolean is(Token.Kind kind) {
        return peek().kind() == kind;
    }

    boolean isOperator(String operator) {
        return peek().isOperator(operator);
    }

    boolean isName(String name) {
        return peek().isName(name);
    }

    /** Takes the operator when it is the next token. */
    boolean takeOperator(String operator) {
        boolean found = isOperator(operator);
        if (found) {
            next();
        }
        return found;
    }

    /** Takes the word when it is the next token. */
    boolean takeName(String name) {
        boolean found = isName(name);
        if (found) {
            next();
        }
        return found;
    }

    void expectOperator(String operator) {
        if (!takeOperator(operator)) {
            throw failure("'" + operator + "' expected, not " + peek().shown());
        }
    }

    void expectName(String name) {
        if (!takeName(name)) {
            throw failure("'" + name + "' expected, not " + peek().shown());
        }
    }

    String expectAnyName() {
        return expect(Token.Kind.NAME, "a name").text();
    }

    Token expect(Token.Kind kind, String what) {
        if (!is(kind)) {
            throw failure(what + " expected, not " + peek().shown());
        }
        return next();
    }

    ParseFailure failure(String message) {
        return new ParseFailure(message, line());
    }

    /** Call before and {@link #leave} after parsing something that can hold itself. */
    void enter() {
        if (++depth > MAX_DEPTH) {
            throw failure("nested more than " + MAX_DEPTH + " deep");
        }
    }

    void leave() {
        depth--;
    }
}
