package dev.errata.kernels.sim.ptx;

import java.util.ArrayList;
import java.util.List;

/** Cuts PTX into words, numbers, strings and marks. A word may hold dots and {@code ::}, so an opcode is one word. */
final class PtxLexer {
    private final String text;
    private int at;
    private int line = 1;

    PtxLexer(String text) {
        this.text = text;
    }

    List<Token> tokens() {
        List<Token> tokens = new ArrayList<>(text.length() / 6);
        while (skipBlanks()) {
            tokens.add(next());
        }
        tokens.add(new Token(line, Token.Kind.END, "end of file"));
        return tokens;
    }

    private boolean skipBlanks() {
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '\n') {
                line++;
                at++;
            } else if (c <= ' ') {
                at++;
            } else if (text.startsWith("//", at)) {
                int end = text.indexOf('\n', at);
                at = end < 0 ? text.length() : end;
            } else if (text.startsWith("/*", at)) {
                int end = text.indexOf("*/", at + 2);
                if (end < 0) {
                    throw new PtxException(line, "a comment without end");
                }
                line += (int)
                        text.substring(at, end).chars().filter(x -> x == '\n').count();
                at = end + 2;
            } else {
                return true;
            }
        }
        return false;
    }

    private Token next() {
        char c = text.charAt(at);
        int start = at;
        if (isWordStart(c)) {
            at++;
            // Directives may stand without a space, as in .reg.b16; dots within other words are theirs.
            while (at < text.length()
                    && (isWordPart(text.charAt(at)) || text.startsWith("::", at))
                    && !(c == '.' && text.charAt(at) == '.')) {
                at += text.charAt(at) == ':' ? 2 : 1;
            }
            return new Token(line, Token.Kind.WORD, text.substring(start, at));
        }
        if (isDigit(c)) {
            return new Token(line, Token.Kind.NUMBER, number());
        }
        if (c == '"') {
            int end = text.indexOf('"', at + 1);
            if (end < 0) {
                throw new PtxException(line, "a string without end");
            }
            at = end + 1;
            return new Token(line, Token.Kind.STRING, text.substring(start + 1, end));
        }
        at++;
        return new Token(line, Token.Kind.MARK, String.valueOf(c));
    }

    private String number() {
        int start = at;
        boolean radix =
                text.charAt(at) == '0' && at + 1 < text.length() && "xXbBfFdD".indexOf(text.charAt(at + 1)) >= 0;
        at += radix ? 2 : 1;
        while (at < text.length()) {
            char c = text.charAt(at);
            boolean exponentSign = (c == '+' || c == '-') && !radix && (text.charAt(at - 1) | 32) == 'e';
            if (!(isDigit(c) || isLetter(c) || (c == '.' && !radix) || exponentSign)) {
                break;
            }
            at++;
        }
        return text.substring(start, at);
    }

    private static boolean isLetter(char c) {
        return (c | 32) >= 'a' && (c | 32) <= 'z';
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isWordStart(char c) {
        return isLetter(c) || c == '_' || c == '$' || c == '%' || c == '.';
    }

    private static boolean isWordPart(char c) {
        return isWordStart(c) || isDigit(c);
    }
}
