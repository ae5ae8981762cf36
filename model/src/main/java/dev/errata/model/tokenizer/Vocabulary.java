package dev.errata.model.tokenizer;

/**
 * The tokens of a model by id, and ids by a range of a text. Lookup takes no substring and boxes nothing: an open hash
 * table over characters. Where two ids have one text, the higher id is found.
 */
public final class Vocabulary {
    /** Ids above this are taken for a broken file. */
    public static final int MAX_ID = (1 << 22) - 1;

    private final String[] tokens;
    private final int[] slots;

    /** {@code tokens[id]} is the token's text, null where the id is not in use. */
    Vocabulary(String[] tokens) {
        this.tokens = tokens.clone();
        slots = new int[Integer.highestOneBit(Math.max(tokens.length, 4)) * 4];
        for (int id = 0; id < tokens.length; id++) {
            if (tokens[id] != null) {
                slots[slotOf(tokens[id], 0, tokens[id].length())] = id + 1;
            }
        }
    }

    /** One more than the highest id. */
    int size() {
        return tokens.length;
    }

    /** The token's text, or null where there is none. */
    String token(int id) {
        return id >= 0 && id < tokens.length ? tokens[id] : null;
    }

    /** The id of a token, or -1. */
    int idOf(String text) {
        return idOf(text, 0, text.length());
    }

    /** The id of the token {@code text[from, to)}, or -1. */
    int idOf(String text, int from, int to) {
        return slots[slotOf(text, from, to)] - 1;
    }

    /** The id of the token that a text is without its character at {@code left}, or -1. */
    int idWithout(String text, int left) {
        int length = text.length();
        int slot = start(hash(hash(0, text, 0, left), text, left + 1, length));
        while (slots[slot] != 0) {
            String token = tokens[slots[slot] - 1];
            if (token.length() == length - 1
                    && text.regionMatches(0, token, 0, left)
                    && text.regionMatches(left + 1, token, left, length - 1 - left)) {
                break;
            }
            slot = next(slot);
        }
        return slots[slot] - 1;
    }

    private int slotOf(String text, int from, int to) {
        int slot = start(hash(0, text, from, to));
        while (slots[slot] != 0) {
            String token = tokens[slots[slot] - 1];
            if (token.length() == to - from && text.regionMatches(from, token, 0, token.length())) {
                break;
            }
            slot = next(slot);
        }
        return slot;
    }

    private static int hash(int before, String text, int from, int to) {
        int hash = before;
        for (int i = from; i < to; i++) {
            hash = hash * 31 + text.charAt(i);
        }
        return hash;
    }

    private int start(int hash) {
        int spread = hash * 0x9E3779B9;
        return (spread ^ (spread >>> 15)) & (slots.length - 1);
    }

    private int next(int slot) {
        return (slot + 1) & (slots.length - 1);
    }
}
