package dev.errata.model.chat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Cuts a template into tokens, with jinja's {@code trim_blocks} and {@code lstrip_blocks} on: a block tag or comment takes
 * the newline after it and the blanks before it on its line. A minus takes all whitespace on its side, a plus none.
 */
final class Lexer {
    private static final List<String> OPERATORS = List.of(
            "//", "**", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "(", ")", "[", "]", "{", "}", "|", ".",
            ",", ":", "=", "<", ">", ";");

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    private int line = 1;
    private boolean lineStarting = true;

    private Lexer(String source) {
        this.source = source;
    }

    /** The tokens of a template; the last one is {@code END}. */
    static List<Token> tokens(String template) {
        String source = template.replace("\r\n", "\n").replace('\r', '\n');
        if (source.endsWith("\n")) {
            source = source.substring(0, source.length() - 1);
        }
        return new Lexer(source).run();
    }

    private List<Token> run() {
        try {
            while (at < source.length()) {
                readText();
            }
        } catch (TemplateFailure failure) {
            throw new ParseFailure(failure.getMessage(), line);
        }
        add(Token.Kind.END, "");
        return tokens;
    }

    private void readText() {
        int tag = nextTag();
        if (tag < 0) {
            addData(source.substring(at));
            move(source.length());
            return;
        }
        char kind = source.charAt(tag + 1);
        char sign = tag + 2 < source.length() ? source.charAt(tag + 2) : ' ';
        addData(textBefore(tag, kind, sign));
        move(tag + (sign == '-' || sign == '+' ? 3 : 2));
        switch (kind) {
            case '#' -> skipComment();
            case '{' -> readTag(Token.Kind.VARIABLE_BEGIN, Token.Kind.VARIABLE_END, "}}");
            default -> {
                if (isRaw()) {
                    readRaw();
                } else {
                    readTag(Token.Kind.BLOCK_BEGIN, Token.Kind.BLOCK_END, "%}");
                }
            }
        }
    }

    private int nextTag() {
        for (int i = source.indexOf('{', at); i >= 0 && i + 1 < source.length(); i = source.indexOf('{', i + 1)) {
            char next = source.charAt(i + 1);
            if (next == '%' || next == '{' || next == '#') {
                return i;
            }
        }
        return -1;
    }

    private String textBefore(int tag, char kind, char sign) {
        String text = source.substring(at, tag);
        if (sign == '-') {
            return PythonText.stripRight(text);
        }
        if (sign == '+' || kind == '{') {
            return text;
        }
        int lineStart = text.lastIndexOf('\n') + 1;
        boolean atLineStart = lineStart > 0 || lineStarting;
        return atLineStart && text.substring(lineStart).chars().allMatch(PythonText::isSpace)
                ? text.substring(0, lineStart)
                : text;
    }

    private void skipComment() {
        int end = source.indexOf("#}", at);
        if (end < 0) {
            throw new TemplateFailure("a comment without its end");
        }
        char before = end > at ? source.charAt(end - 1) : ' ';
        move(end + 2);
        trimAfter(before, true);
    }

    /** Moves past the whitespace that the end of a tag takes with it; {@code sign} is the character before the end. */
    private void trimAfter(char sign, boolean trimsNewline) {
        int before = at;
        if (sign == '-') {
            int end = at;
            while (end < source.length() && PythonText.isSpace(source.charAt(end))) {
                end++;
            }
            move(end);
        } else if (sign != '+' && trimsNewline && at < source.length() && source.charAt(at) == '\n') {
            move(at + 1);
        }
        lineStarting = at > before && source.charAt(at - 1) == '\n';
    }

    private boolean isRaw() {
        int from = at;
        while (from < source.length() && PythonText.isSpace(source.charAt(from))) {
            from++;
        }
        if (!source.startsWith("raw", from)) {
            return false;
        }
        int after = from + 3;
        while (after < source.length() && PythonText.isSpace(source.charAt(after))) {
            after++;
        }
        return source.startsWith("%}", after) || source.startsWith("-%}", after);
    }

    private void readRaw() {
        int end = source.indexOf("%}", at);
        char sign = source.charAt(end - 1);
        move(end + 2);
        trimAfter(sign, true);
        for (int tag = source.indexOf("{%", at); tag >= 0; tag = source.indexOf("{%", tag + 1)) {
            int close = source.indexOf("%}", tag + 2);
            String inside = close < 0 ? "" : source.substring(tag + 2, close);
            if (inside.replaceFirst("^[-+]", "")
                    .replaceFirst("[-+]$", "")
                    .strip()
                    .equals("endraw")) {
                addData(textBefore(tag, '%', inside.charAt(0)));
                move(close + 2);
                trimAfter(inside.charAt(inside.length() - 1), true);
                return;
            }
        }
        throw new TemplateFailure("raw without its endraw");
    }

    private void readTag(Token.Kind begin, Token.Kind end, String close) {
        add(begin, "");
        Deque<Character> open = new ArrayDeque<>();
        while (true) {
            while (at < source.length() && PythonText.isSpace(source.charAt(at))) {
                move(at + 1);
            }
            if (at >= source.length()) {
                throw new TemplateFailure("a tag without its end");
            }
            char c = source.charAt(at);
            boolean signed = c == '-' || (c == '+' && end == Token.Kind.BLOCK_END);
            if (open.isEmpty() && source.startsWith(close, signed ? at + 1 : at)) {
                add(end, close);
                move(at + close.length() + (signed ? 1 : 0));
                trimAfter(signed ? c : ' ', end == Token.Kind.BLOCK_END);
                return;
            }
            readToken(c, open);
        }
    }

    private void readToken(char c, Deque<Character> open) {
        if (c == '"' || c == '\'') {
            readString(c);
        } else if (c >= '0' && c <= '9') {
            readNumber();
        } else if (Character.isUnicodeIdentifierStart(c) || c == '_') {
            int end = at + 1;
            while (end < source.length() && Character.isUnicodeIdentifierPart(source.charAt(end))) {
                end++;
            }
            add(Token.Kind.NAME, source.substring(at, end));
            move(end);
        } else {
            readOperator(open);
        }
    }

    private void readOperator(Deque<Character> open) {
        for (String operator : OPERATORS) {
            if (source.startsWith(operator, at)) {
                balance(operator.charAt(0), open);
                add(Token.Kind.OPERATOR, operator);
                move(at + operator.length());
                return;
            }
        }
        throw new TemplateFailure("unexpected character '" + source.charAt(at) + "'");
    }

    private static void balance(char c, Deque<Character> open) {
        switch (c) {
            case '(' -> open.push(')');
            case '[' -> open.push(']');
            case '{' -> open.push('}');
            case ')', ']', '}' -> {
                if (open.isEmpty() || open.pop() != c) {
                    throw new TemplateFailure("unexpected '" + c + "'");
                }
            }
            default -> {}
        }
    }

    private void readNumber() {
        int end = digits(at);
        Token.Kind kind = Token.Kind.INTEGER;
        if (end + 1 < source.length() && source.charAt(end) == '.' && isDigit(source.charAt(end + 1))) {
            end = digits(end + 1);
            kind = Token.Kind.FLOAT;
        }
        if (end < source.length() && (source.charAt(end) == 'e' || source.charAt(end) == 'E')) {
            int exponent = end + 1;
            if (exponent < source.length() && (source.charAt(exponent) == '-' || source.charAt(exponent) == '+')) {
                exponent++;
            }
            if (exponent < source.length() && isDigit(source.charAt(exponent))) {
                end = digits(exponent);
                kind = Token.Kind.FLOAT;
            }
        }
        add(kind, source.substring(at, end).replace("_", ""));
        move(end);
    }

    private int digits(int from) {
        int end = from;
        while (end < source.length() && (isDigit(source.charAt(end)) || source.charAt(end) == '_')) {
            end++;
        }
        return end;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private void readString(char quote) {
        int end = at + 1;
        while (end < source.length() && source.charAt(end) != quote) {
            end += source.charAt(end) == '\\' ? 2 : 1;
        }
        if (end >= source.length()) {
            throw new TemplateFailure("a string without its end");
        }
        add(Token.Kind.STRING, StringEscapes.unescape(source.substring(at + 1, end)));
        move(end + 1);
    }

    private void addData(String text) {
        if (!text.isEmpty()) {
            add(Token.Kind.DATA, text);
        }
    }

    private void add(Token.Kind kind, String text) {
        tokens.add(new Token(kind, text, line));
    }

    private void move(int to) {
        for (int i = at; i < to; i++) {
            if (source.charAt(i) == '\n') {
                line++;
            }
        }
        at = to;
    }
}
