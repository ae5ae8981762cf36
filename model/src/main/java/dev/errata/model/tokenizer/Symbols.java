package dev.errata.model.tokenizer;

import java.util.Arrays;

/**
 * The symbols of one piece of text while byte-pair encoding merges them: a linked list over arrays, and a queue of
 * candidate merges, so that n symbols take O(n log n). Best rank first, and of equal ranks the leftmost.
 *
 * <p>A symbol is named by the index of its first initial symbol. One object serves many pieces, one after another.
 */
final class Symbols {
    private static final int GONE = -1;

    /** Which pairs merge. */
    interface PairRanks {
        /** Rank (smaller merges earlier) in the high half and the new id in the low half, or -1 for no merge. */
        long find(Symbols symbols, int left, int right);
    }

    private int[] id = new int[64];
    private int[] charStart = new int[65];
    private int[] end = new int[64];
    private int[] previous = new int[64];
    private int[] next = new int[64];
    private int count;
    private final MergeQueue queue = new MergeQueue();

    void clear() {
        count = 0;
        charStart[0] = 0;
    }

    /** Adds an initial symbol; {@code charEnd} is where it ends in the text, and so where the next one starts. */
    void add(int symbolId, int charEnd) {
        if (count == id.length) {
            int capacity = count * 2;
            id = Arrays.copyOf(id, capacity);
            charStart = Arrays.copyOf(charStart, capacity + 1);
            end = Arrays.copyOf(end, capacity);
            previous = Arrays.copyOf(previous, capacity);
            next = Arrays.copyOf(next, capacity);
        }
        id[count] = symbolId;
        end[count] = count + 1;
        previous[count] = count - 1;
        next[count] = count + 1;
        count++;
        charStart[count] = charEnd;
    }

    int id(int symbol) {
        return id[symbol];
    }

    /** First character of a symbol in the text. */
    int charStart(int symbol) {
        return charStart[symbol];
    }

    /** One past the last character of a symbol in the text. */
    int charEnd(int symbol) {
        return charStart[end[symbol]];
    }

    /** The first symbol, or -1 when there is none. */
    int first() {
        return count == 0 ? -1 : 0;
    }

    /** The symbol after this one, or -1. */
    int next(int symbol) {
        return next[symbol] < count ? next[symbol] : -1;
    }

    /** Merges until no pair is left that merges. */
    void merge(PairRanks ranks) {
        queue.clear();
        for (int left = 0; left + 1 < count; left++) {
            offer(ranks, left, left + 1);
        }
        while (!queue.isEmpty()) {
            int left = (int) queue.firstKey();
            int mergedId = (int) (queue.firstPayload() >>> 32);
            int mergedEnd = (int) queue.firstPayload();
            queue.removeFirst();
            int right = next[left];
            // A candidate is stale when one of its two symbols has since become part of another.
            if (end[left] == GONE || right >= count || end[right] != mergedEnd) {
                continue;
            }
            id[left] = mergedId;
            end[left] = mergedEnd;
            end[right] = GONE;
            next[left] = next[right];
            if (next[left] < count) {
                previous[next[left]] = left;
                offer(ranks, left, next[left]);
            }
            if (previous[left] >= 0) {
                offer(ranks, previous[left], left);
            }
        }
    }

    private void offer(PairRanks ranks, int left, int right) {
        long found = ranks.find(this, left, right);
        if (found >= 0) {
            queue.add(((found >>> 32) << 32) | left, (found << 32) | end[right]);
        }
    }
}
