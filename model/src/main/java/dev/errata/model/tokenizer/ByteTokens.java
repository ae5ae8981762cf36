package dev.errata.model.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/** The tokens {@code <0x00>} to {@code <0xFF>} of byte fallback. */
public final class ByteTokens {
    private final int[] ids = new int[256];
    private final boolean complete;

    ByteTokens(Vocabulary vocabulary) {
        HexFormat hex = HexFormat.of().withUpperCase();
        for (int b = 0; b < 256; b++) {
            ids[b] = vocabulary.idOf("<0x" + hex.toHexDigits((byte) b) + ">");
        }
        complete = Arrays.stream(ids).noneMatch(id -> id < 0);
    }

    boolean isComplete() {
        return complete;
    }

    /** The token ids of a text's UTF-8 bytes, or an empty array when one of them has no token. */
    int[] of(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int[] found = new int[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            found[i] = ids[bytes[i] & 0xFF];
            if (found[i] < 0) {
                return new int[0];
            }
        }
        return found;
    }

    /** The byte that a token's text names, or -1. */
    public static int byteOf(String token) {
        if (token.length() != 6 || !token.startsWith("<0x") || token.charAt(5) != '>') {
            return -1;
        }
        char high = token.charAt(3);
        char low = token.charAt(4);
        return HexFormat.isHexDigit(high) && HexFormat.isHexDigit(low) ? HexFormat.fromHexDigits(token, 3, 5) : -1;
    }
}
