package dev.errata.model.cache;

import java.util.Arrays;

/** The blocks of a {@link KeyValueCache} that hold one sequence, in order. */
public final class CachedSequence {
    private int[] blocks = new int[4];
    private int count;
    private int length;

    CachedSequence() {}

    /** Tokens that it has room for and that are, or are about to be, written. */
    public int length() {
        return length;
    }

    void length(int tokens) {
        length = tokens;
    }

    int blocks() {
        return count;
    }

    int block(int index) {
        return blocks[index];
    }

    void add(int block) {
        if (count == blocks.length) {
            blocks = Arrays.copyOf(blocks, 2 * count);
        }
        blocks[count++] = block;
    }

    void replaceLast(int block) {
        blocks[count - 1] = block;
    }

    void clear() {
        count = 0;
        length = 0;
    }
}
