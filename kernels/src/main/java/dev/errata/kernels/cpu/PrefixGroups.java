package dev.errata.kernels.cpu;

/**
 * Which sequences of an attention over a cache go together: neighbours of one query each whose keys begin in the same blocks,
 * as samples of one prompt do, and prompts with the same worked examples. Made anew for each operator, in the same memory.
 */
final class PrefixGroups {
    /** What is shared has to be worth a task of its own. */
    private static final int LEAST_BLOCKS = 2;

    private int[] ends = new int[0];
    private int[] keys = new int[0];

    /** Groups the sequences; with enough groups that all threads have some. */
    void of(HeadLayout layout, int threads) {
        if (ends.length < layout.sequences) {
            ends = new int[layout.sequences];
            keys = new int[layout.sequences];
        }
        int most = most(layout, threads);
        for (int s = 0; s < layout.sequences; s = ends[s]) {
            ends[s] = s + 1;
            keys[s] = 0;
            if (most > 1 && isAlone(layout, s)) {
                extend(layout, s, most);
            }
        }
    }

    /** Sequences of a group at most. */
    private static int most(HeadLayout layout, int threads) {
        if (layout.blocks == null || layout.window != 0) {
            return 1;
        }
        int single = 0;
        for (int s = 0; s < layout.sequences; s++) {
            single += isAlone(layout, s) ? 1 : 0;
        }
        int groups = Math.ceilDiv(2 * threads, layout.keyHeads);
        return Math.min(AttentionBlock.QUERIES / layout.group, Math.ceilDiv(single, groups));
    }

    private static boolean isAlone(HeadLayout layout, int s) {
        return layout.queries(s) == 1;
    }

    private void extend(HeadLayout layout, int first, int most) {
        int shared = layout.keys(first) / layout.blocks.tokens;
        int end = first + 1;
        while (end < layout.sequences && end - first < most && isAlone(layout, end)) {
            int same = same(layout, first, end, shared);
            if (same < LEAST_BLOCKS || 2 * same < shared) {
                break;
            }
            shared = same;
            end++;
        }
        ends[first] = end;
        keys[first] = end == first + 1 ? 0 : shared * layout.blocks.tokens;
    }

    /** Whole blocks that two sequences begin with, of so many of the first one. */
    private static int same(HeadLayout layout, int one, int other, int most) {
        int count = Math.min(most, layout.keys(other) / layout.blocks.tokens);
        for (int i = 0; i < count; i++) {
            if (layout.block(one, i) != layout.block(other, i)) {
                return i;
            }
        }
        return count;
    }

    /** Where the group ends that begins with a sequence; the next begins there. */
    int end(int first) {
        return ends[first];
    }

    /** Keys that all of the group that begins with a sequence begin with; 0 where it is alone. */
    int keys(int first) {
        return keys[first];
    }
}
