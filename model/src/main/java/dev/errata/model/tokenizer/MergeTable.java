package dev.errata.model.tokenizer;

import java.util.Arrays;

/** Byte-pair merges: a pair of token ids to its rank and the id it becomes. An open hash table without boxing. */
final class MergeTable {
    private static final long EMPTY = -1;

    private final long[] pairs;
    private final long[] found;

    MergeTable(int merges) {
        pairs = new long[Integer.highestOneBit(Math.max(merges, 4)) * 4];
        found = new long[pairs.length];
        Arrays.fill(pairs, EMPTY);
    }

    /** Adds a merge; of one pair named twice the later rank counts. */
    void put(int left, int right, int rank, int merged) {
        int slot = slotOf(left, right);
        pairs[slot] = pair(left, right);
        found[slot] = ((long) rank << 32) | merged;
    }

    /** Rank in the high half and the merged id in the low half, or -1 where the pair doesn't merge. */
    long find(int left, int right) {
        int slot = slotOf(left, right);
        return pairs[slot] == EMPTY ? -1 : found[slot];
    }

    private static long pair(int left, int right) {
        return ((long) left << 32) | right;
    }

    private int slotOf(int left, int right) {
        long pair = pair(left, right);
        long hash = pair * 0x9E3779B97F4A7C15L;
        int mask = pairs.length - 1;
        int slot = (int) (hash >>> 32) & mask;
        while (pairs[slot] != EMPTY && pairs[slot] != pair) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }
}
