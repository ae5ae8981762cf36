package dev.errata.model.cache;

import java.util.Arrays;

/**
 * Which of the numbers 0 to size − 1 are free, and how many hold each of the others. A block may be kept for later without
 * being in use: then the one holder it has is the cache of prefixes.
 */
final class BlockPool {
    private int[] holders = new int[0];
    private boolean[] kept = new boolean[0];
    private int[] free = new int[0];
    private int freeCount;
    private int idle;

    int size() {
        return holders.length;
    }

    int free() {
        return freeCount;
    }

    /** Blocks that are kept and that nobody else holds. */
    int idle() {
        return idle;
    }

    /** Adds free blocks. */
    void grow(int size) {
        int old = holders.length;
        holders = Arrays.copyOf(holders, size);
        kept = Arrays.copyOf(kept, size);
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
        if (kept[block] && holders[block] == 1) {
            idle--;
        }
        holders[block]++;
    }

    /** One more holder that only keeps it for later; each block is kept once. */
    void keep(int block) {
        holders[block]++;
        kept[block] = true;
    }

    /** Kept no longer. */
    void forget(int block) {
        if (holders[block] == 1) {
            idle--;
        }
        kept[block] = false;
        release(block);
    }

    boolean isShared(int block) {
        return holders[block] > 1;
    }

    /** Whether it is kept and nobody else holds it. */
    boolean isIdle(int block) {
        return kept[block] && holders[block] == 1;
    }

    /** One holder less; without any it is free. */
    void release(int block) {
        if (holders[block] == 0) {
            throw new IllegalStateException("block " + block + " is released and nobody holds it");
        }
        holders[block]--;
        if (holders[block] == 0) {
            free[freeCount++] = block;
        } else if (kept[block] && holders[block] == 1) {
            idle++;
        }
    }
}
