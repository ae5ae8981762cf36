package dev.errata.pipeline.report;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Writes HTML and inline SVG whose elements are closed by construction. All text and all attribute values are escaped,
 * for the texts of models and files are hostile; only {@link #inline} takes text as it is.
 */
public final class Html {
    private final StringBuilder out = new StringBuilder();
    private final Deque<String> open = new ArrayDeque<>();

    /** Opens an element. Attributes come in pairs of name and value; a pair whose value is null is left out. */
    public Html open(String name, String... attributes) {
        start(name, attributes);
        out.append('>');
        open.push(name);
        return this;
    }

    /** Closes the element opened last, which must be {@code name}. */
    public Html close(String name) {
        String last = open.pop();
        if (!last.equals(name)) {
            throw new IllegalStateException("closing " + name + " while " + last + " is open");
        }
        out.append("</").append(name).append('>');
        return this;
    }

    /** An element without content: an SVG shape or a void element of HTML. */
    public Html empty(String name, String... attributes) {
        start(name, attributes);
        out.append("/>");
        return this;
    }

    /** An element with text alone. */
    public Html element(String name, String text, String... attributes) {
        return open(name, attributes).text(text).close(name);
    }

    /** Escaped text; null is nothing. */
    public Html text(String text) {
        if (text != null) {
            escape(text, out);
        }
        return this;
    }

    /** A line break in the source, so that the page can be read as text. */
    public Html line() {
        out.append('\n');
        return this;
    }

    /** The program's own style or script, unescaped. */
    public Html inline(String source) {
        out.append(source);
        return this;
    }

    /** What another builder holds. */
    public Html add(Html other) {
        if (!other.open.isEmpty()) {
            throw new IllegalStateException(other.open.peek() + " is still open");
        }
        out.append(other.out);
        return this;
    }

    public int length() {
        return out.length();
    }

    @Override
    public String toString() {
        return out.toString();
    }

    private void start(String name, String... attributes) {
        out.append('<').append(name);
        for (int i = 0; i < attributes.length; i += 2) {
            if (attributes[i + 1] != null) {
                out.append(' ').append(attributes[i]).append("=\"");
                escape(attributes[i + 1], out);
                out.append('"');
            }
        }
    }

    public static String escape(String text) {
        var escaped = new StringBuilder(text.length() + 16);
        escape(text, escaped);
        return escaped.toString();
    }

    /** Characters that HTML forbids (controls, lone surrogates, noncharacters) become U+FFFD. */
    private static void escape(String text, StringBuilder to) {
        int next;
        for (int i = 0; i < text.length(); i += next) {
            int c = text.codePointAt(i);
            next = Character.charCount(c);
            switch (c) {
                case '&' -> to.append("&amp;");
                case '<' -> to.append("&lt;");
                case '>' -> to.append("&gt;");
                case '"' -> to.append("&quot;");
                case '\'' -> to.append("&#39;");
                case '\r' -> to.append(i + 1 < text.length() && text.charAt(i + 1) == '\n' ? "" : "\n");
                case '\n', '\t' -> to.append((char) c);
                case 0x2028, 0x2029 -> to.append("&#").append(c).append(';');
                default -> to.appendCodePoint(isAllowed(c) ? c : 0xFFFD);
            }
        }
    }

    private static boolean isAllowed(int c) {
        boolean control = c < 0x20 || (c >= 0x7F && c < 0xA0);
        boolean surrogate = c >= 0xD800 && c <= 0xDFFF;
        boolean noncharacter = (c & 0xFFFE) == 0xFFFE || (c >= 0xFDD0 && c <= 0xFDEF);
        return !control && !surrogate && !noncharacter;
    }
}
