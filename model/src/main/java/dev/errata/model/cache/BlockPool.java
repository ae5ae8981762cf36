package dev.errata.model.cache;

import java.util.Arrays;

/** Which of the numbers 0 to size − 1 are free, and how many sequences hold each of the others. */
final class BlockPool {
    private int[] holders = new int[0];
    private int[] free = new int[0];
    private int freeCount;

    int size() {
        return holders.length;
    }

    int free() {
        return freeCount;
    }

    /** Adds free blocks. */
    void grow(int size) {
        int old = holders.length;
        holders = Arrays.copyOf(holders, size);
        free = Arrays.copyOf(free, size);
        // The lowest is taken first.
        for (int block = size - 1; block >= old; block--) {
            free[freeCount++] = block;
        }
    }

    /** A free block, now held once. */
    int take() {
        int block = free[--freeCount];
        holders[block] = 1;
        return block;
    }

    /** One more holder. */
    void share(int block) {
        holders[block]++;
    }

    boolean isShared(int block) {
        return holders[block] > 1;
    }

    /** One holder less; without any it is free. */
    void release(int block) {
        if (holders[block] == 0) {
            throw new IllegalStateException("block " + block + " is released and nobody holds it");
        }
        if (--holders[block] == 0) {
            free[freeCount++] = block;
        }
    }
}
