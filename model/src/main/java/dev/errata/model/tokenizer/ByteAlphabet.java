package dev.errata.model.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * GPT-2's printable stand-in for each byte: the visible Latin-1 characters stand for themselves, the other 68 bytes for
 * U+0100 and on, in order.
 */
final class ByteAlphabet {
    private static final char[] CHARACTER_OF_BYTE = new char[256];
    private static final short[] BYTE_OF_CHARACTER = new short[256 + 68];

    static {
        Arrays.fill(BYTE_OF_CHARACTER, (short) -1);
        int next = 256;
        for (int b = 0; b < 256; b++) {
            boolean visible = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
            CHARACTER_OF_BYTE[b] = (char) (visible ? b : next++);
            BYTE_OF_CHARACTER[CHARACTER_OF_BYTE[b]] = (short) b;
        }
    }

    private ByteAlphabet() {}

    /** The UTF-8 bytes of a text, each as its character. */
    static String encode(String text) {
        int ascii = 0;
        while (ascii < text.length() && text.charAt(ascii) > ' ' && text.charAt(ascii) <= '~') {
            ascii++;
        }
        if (ascii == text.length()) {
            return text;
        }
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        char[] characters = new char[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            characters[i] = CHARACTER_OF_BYTE[bytes[i] & 0xFF];
        }
        return new String(characters);
    }

    /** The byte that a character stands for, or -1. */
    static int byteOf(char character) {
        return character < BYTE_OF_CHARACTER.length ? BYTE_OF_CHARACTER[character] : -1;
    }

    /** True when each character of a token stands for a byte. */
    static boolean covers(String token) {
        for (int i = 0; i < token.length(); i++) {
            if (byteOf(token.charAt(i)) < 0) {
                return false;
            }
        }
        return true;
    }
}
