package dev.errata.train.data;

import dev.errata.tensor.Philox;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Which row is trained on when: a pure function of the settings, so that a resumed run needs to know its step alone.
 * Rows come again after all were seen; a shuffled order is drawn anew for each pass.
 */
public final class RowOrder {
    /** Rows among which length grouping sorts, in batches; transformers' own factor. */
    private static final int GROUP_BATCHES = 50;

    private final String kind;
    private final List<Example> rows;
    private final int rowsPerStep;
    private final long seed;
    private long cachedPass = -1;
    private int[] cachedOrder = new int[0];

    /**
     * @param kind {@code sequential}, {@code shuffled} or {@code length_grouped}
     */
    public RowOrder(String kind, List<Example> rows, int rowsPerStep, long seed) {
        this.kind = kind;
        this.rows = rows;
        this.rowsPerStep = rowsPerStep;
        this.seed = seed;
    }

    /** The row at this place, counted from 0 over the whole training. */
    public Example example(long place) {
        return rows.get(row(place));
    }

    /** The index of the row at this place, counted from 0 over the whole training. */
    public int row(long place) {
        int n = rows.size();
        int within = (int) (place % n);
        return switch (kind) {
            case "sequential" -> within;
            case "shuffled", "length_grouped" -> pass(place / n)[within];
            default -> throw new IllegalArgumentException("no order " + kind);
        };
    }

    private int[] pass(long pass) {
        if (pass != cachedPass) {
            int[] order = Philox.permutation(seed, Philox.stream("order", pass), rows.size());
            if (kind.equals("length_grouped")) {
                sortWithinGroups(order);
            }
            cachedOrder = order;
            cachedPass = pass;
        }
        return cachedOrder;
    }

    /** Longest first within each group, so that rows of one step are alike in length. */
    private void sortWithinGroups(int[] order) {
        int group = rowsPerStep * GROUP_BATCHES;
        for (int from = 0; from < order.length; from += group) {
            int to = Math.min(order.length, from + group);
            Integer[] part = Arrays.stream(order, from, to).boxed().toArray(Integer[]::new);
            Arrays.sort(part, Comparator.comparingInt(row -> -rows.get(row).ids().length));
            for (int i = from; i < to; i++) {
                order[i] = part[i - from];
            }
        }
    }
}
