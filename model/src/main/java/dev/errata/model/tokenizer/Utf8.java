package dev.errata.model.tokenizer;

/**
 * UTF-8 where bytes may be cut or wrong. Well-formed sequences are those of the Unicode standard, table 3-7 (no
 * overlong forms, no surrogates).
 */
final class Utf8 {
    static final char REPLACEMENT = '\uFFFD';

    private Utf8() {}

    /**
     * Length of the character at {@code from}, or minus the length of the longest start of a character that stands
     * there (at least 1) where the bytes are wrong or end too early.
     */
    static int length(byte[] bytes, int from, int to) {
        int lead = bytes[from] & 0xFF;
        if (lead < 0x80) {
            return 1;
        }
        int expected = expectedLength(lead);
        if (expected == 0) {
            return -1;
        }
        for (int k = 1; k < expected; k++) {
            if (from + k >= to || !continues(lead, k, bytes[from + k] & 0xFF)) {
                return -k;
            }
        }
        return expected;
    }

    private static int expectedLength(int lead) {
        if (lead >= 0xC2 && lead <= 0xDF) {
            return 2;
        }
        if (lead >= 0xE0 && lead <= 0xEF) {
            return 3;
        }
        return lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
    }

    private static boolean continues(int lead, int position, int next) {
        if (position > 1) {
            return (next & 0xC0) == 0x80;
        }
        int low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
        int high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
        return next >= low && next <= high;
    }

    /** How many of the first {@code count} bytes can no longer be changed by bytes that follow. */
    static int settled(byte[] bytes, int count) {
        for (int from = Math.max(0, count - 3); from < count; from++) {
            boolean startsCharacter = (bytes[from] & 0xC0) == 0xC0;
            if (startsCharacter
                    && length(bytes, from, count) == from - count
                    && expectedLength(bytes[from] & 0xFF) > 0) {
                return from;
            }
        }
        return count;
    }

    /** Appends the text of the bytes; each wrong start of a character becomes one replacement character. */
    static void appendLossy(byte[] bytes, int count, StringBuilder out) {
        append(bytes, count, out, false);
    }

    /** Appends the text of the bytes; each wrong byte becomes one replacement character. */
    static void appendLossyPerByte(byte[] bytes, int count, StringBuilder out) {
        append(bytes, count, out, true);
    }

    private static void append(byte[] bytes, int count, StringBuilder out, boolean perByte) {
        int at = 0;
        while (at < count) {
            int length = length(bytes, at, count);
            if (length > 0) {
                out.appendCodePoint(codePoint(bytes, at, length));
                at += length;
            } else {
                out.append(REPLACEMENT);
                at += perByte ? 1 : -length;
            }
        }
    }

    private static int codePoint(byte[] bytes, int at, int length) {
        int value = length == 1 ? bytes[at] : bytes[at] & (0x7F >> length);
        for (int k = 1; k < length; k++) {
            value = (value << 6) | (bytes[at + k] & 0x3F);
        }
        return value;
    }

    /** Bytes that a text takes. */
    static int bytes(String text) {
        return text.codePoints()
                .map(c -> c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4)
                .sum();
    }

    /** True when all bytes are whole characters. */
    static boolean isWellFormed(byte[] bytes, int count) {
        int at = 0;
        while (at < count) {
            int length = length(bytes, at, count);
            if (length < 0) {
                return false;
            }
            at += length;
        }
        return true;
    }

    /** The text with each half of a surrogate pair that stands alone replaced, since no UTF-8 exists for it. */
    static String withoutLoneSurrogates(String text) {
        StringBuilder mended = null;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!Character.isSurrogate(c)) {
                continue;
            }
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
                continue;
            }
            if (mended == null) {
                mended = new StringBuilder(text);
            }
            mended.setCharAt(i, REPLACEMENT);
        }
        return mended == null ? text : mended.toString();
    }
}
