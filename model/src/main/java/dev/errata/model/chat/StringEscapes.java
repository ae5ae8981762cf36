package dev.errata.model.chat;

/** Backslash escapes of string literals, as Python has them. */
final class StringEscapes {
    private StringEscapes() {}

    static String unescape(String written) {
        if (written.indexOf('\\') < 0) {
            return written;
        }
        StringBuilder value = new StringBuilder();
        int at = 0;
        while (at < written.length()) {
            char c = written.charAt(at++);
            if (c != '\\' || at == written.length()) {
                value.append(c);
                continue;
            }
            char escape = written.charAt(at++);
            switch (escape) {
                case 'n' -> value.append('\n');
                case 't' -> value.append('\t');
                case 'r' -> value.append('\r');
                case 'b' -> value.append('\b');
                case 'f' -> value.append('\f');
                case 'v' -> value.append('\u000B');
                case 'a' -> value.append('\u0007');
                case '0' -> value.append('\0');
                case '\\', '\'', '"' -> value.append(escape);
                case '\n' -> {}
                case 'x' -> at = appendHex(written, at, 2, value);
                case 'u' -> at = appendHex(written, at, 4, value);
                case 'U' -> at = appendHex(written, at, 8, value);
                default -> value.append('\\').append(escape);
            }
        }
        return value.toString();
    }

    private static int appendHex(String written, int at, int digits, StringBuilder value) {
        try {
            value.appendCodePoint(Integer.parseInt(written, at, at + digits, 16));
            return at + digits;
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new TemplateFailure("a wrong escape in a string");
        }
    }
}
