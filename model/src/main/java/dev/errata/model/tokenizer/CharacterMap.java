package dev.errata.model.tokenizer;

import dev.errata.tensor.BadInputException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * SentencePiece's {@code precompiled_charsmap}: which stretches of UTF-8 are replaced by which texts. A little-endian u32
 * with the size of a double-array trie (Darts-clone), the trie's u32 units, then the replacements, each ending in a 0 byte.
 */
final class CharacterMap {
    /** What stands at a place: the bytes it takes, and the text it becomes. */
    record Match(int length, String text) {}

    /** Of one replacement, in bytes; Unicode's own take 54 at most. A text must not become a huge one. */
    private static final int LONGEST = 256;

    private final int[] units;
    private final byte[] replacements;

    private CharacterMap(int[] units, byte[] replacements) {
        this.units = units;
        this.replacements = replacements;
    }

    static CharacterMap read(ByteBuffer bytes, String where) {
        ByteBuffer in = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
        int size = in.remaining() < Integer.BYTES ? -1 : in.getInt();
        if (size < Integer.BYTES || size > in.remaining() || size % Integer.BYTES != 0) {
            throw new BadInputException("broken character map", where, "get the file again");
        }
        int[] units = new int[size / Integer.BYTES];
        for (int i = 0; i < units.length; i++) {
            units[i] = in.getInt();
        }
        byte[] replacements = new byte[in.remaining()];
        in.get(replacements);
        for (int i = 0, start = 0; i < replacements.length; i++) {
            start = replacements[i] == 0 ? i + 1 : start;
            if (i - start > LONGEST) {
                throw new BadInputException("character map with an endless text", where, "get the file again");
            }
        }
        return new CharacterMap(units, replacements);
    }

    /** The longest stretch from {@code from} on that has a replacement, or null. */
    Match longest(byte[] text, int from) {
        int length = 0;
        int value = 0;
        int node = offset(unit(0));
        for (int at = from; at < text.length; at++) {
            int label = text[at] & 0xFF;
            node ^= label;
            int unit = unit(node);
            if ((unit & 0x8000_00FF) != label) {
                break;
            }
            node ^= offset(unit);
            if ((unit >>> 8 & 1) == 1) {
                length = at + 1 - from;
                value = unit(node) & 0x7FFF_FFFF;
            }
        }
        return length == 0 ? null : new Match(length, replacement(value));
    }

    /** The replacement of the shortest start of {@code text} that has one, or null. */
    String shortest(byte[] text) {
        int node = offset(unit(0));
        for (byte each : text) {
            int label = each & 0xFF;
            node ^= label;
            int unit = unit(node);
            if (label == 0 || (unit & 0x8000_00FF) != label) {
                return null;
            }
            node ^= offset(unit);
            if ((unit >>> 8 & 1) == 1) {
                return replacement(unit(node) & 0x7FFF_FFFF);
            }
        }
        return null;
    }

    /** A unit of the trie; outside of it one that matches no label. */
    private int unit(int node) {
        return node >= 0 && node < units.length ? units[node] : -1;
    }

    private static int offset(int unit) {
        return (unit >>> 10) << ((unit & 0x200) >>> 6);
    }

    private String replacement(int from) {
        int start = Math.min(from, replacements.length);
        int end = start;
        while (end < replacements.length && replacements[end] != 0) {
            end++;
        }
        return new String(replacements, start, end - start, StandardCharsets.UTF_8);
    }
}
