package dev.errata.model.tokenizer;

import java.util.Arrays;

/** Bytes of a text that arrive token by token, a character possibly in parts. */
final class PendingBytes {
    private byte[] bytes = new byte[64];
    private int count;

    void add(int value) {
        if (count == bytes.length) {
            bytes = Arrays.copyOf(bytes, count * 2);
        }
        bytes[count++] = (byte) value;
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** Takes the text out that later bytes can't change; a started character stays. */
    String takeSettled(boolean replacePerByte) {
        int settled = Utf8.settled(bytes, count);
        String text = text(settled, replacePerByte);
        System.arraycopy(bytes, settled, bytes, 0, count - settled);
        count -= settled;
        return text;
    }

    /** Takes everything out; what is no character becomes replacement characters. */
    String takeAll(boolean replacePerByte) {
        String text = text(count, replacePerByte);
        count = 0;
        return text;
    }

    /** Takes everything out as text, or one replacement character a byte when any of it is no character. */
    String takeWholeOrReplaced() {
        String text = Utf8.isWellFormed(bytes, count)
                ? text(count, false)
                : String.valueOf(Utf8.REPLACEMENT).repeat(count);
        count = 0;
        return text;
    }

    private String text(int length, boolean replacePerByte) {
        StringBuilder text = new StringBuilder(length);
        if (replacePerByte) {
            Utf8.appendLossyPerByte(bytes, length, text);
        } else {
            Utf8.appendLossy(bytes, length, text);
        }
        return text.toString();
    }
}
