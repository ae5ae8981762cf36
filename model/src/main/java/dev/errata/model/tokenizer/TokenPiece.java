package dev.errata.model.tokenizer;

import java.nio.charset.StandardCharsets;

/**
 * What one token adds to a text that goes on with it.
 *
 * @param text special tokens as they are written; U+FFFD for bytes that are no whole character
 * @param bytes those in UTF-8, also where they are a part of a character; empty for an id that stands for nothing
 */
public record TokenPiece(String text, byte[] bytes) {
    /** A text before the token, as decoders treat a first token otherwise. */
    private static final String BEFORE = "a";

    /**
     * @param id of any token, or one beyond the vocabulary
     */
    public static TokenPiece of(Tokenizer tokenizer, int id) {
        StreamingDecoder decoder = tokenizer.streamingDecoder(false);
        StringBuilder all = new StringBuilder();
        for (int before : tokenizer.encode(BEFORE, false)) {
            all.append(decoder.append(before));
        }
        all.append(decoder.append(id)).append(decoder.finish());
        String text = all.substring(Math.min(all.length(), all.indexOf(BEFORE) + BEFORE.length()));
        return new TokenPiece(text, text.indexOf(Utf8.REPLACEMENT) < 0 ? utf8(text) : stored(tokenizer, id, text));
    }

    /** Whether the bytes are whole characters, so that the text says it all. */
    public boolean isWhole() {
        return text.indexOf(Utf8.REPLACEMENT) < 0;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The bytes behind a text that doesn't show them. */
    private static byte[] stored(Tokenizer tokenizer, int id, String text) {
        String token = tokenizer.tokenOf(id).orElse("");
        int one = ByteTokens.byteOf(token);
        if (one >= 0) {
            return new byte[] {(byte) one};
        }
        if (!ByteAlphabet.covers(token)) {
            return utf8(text);
        }
        byte[] bytes = new byte[token.length()];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) ByteAlphabet.byteOf(token.charAt(i));
        }
        return bytes;
    }
}
