package dev.errata.kernels.cpu;

/**
 * Attention of single queries of some sequences that begin with the same blocks of a cache: products with what they share are
 * made for all of them at once, as {@link AttentionBlock} does for the queries of one, and go on for each as in {@link
 * CachedRow}. Sums have the order of both, so that a query's bits don't depend on who is beside it.
 */
final class SharedRows {
    private SharedRows() {}

    /**
     * @param first of the sequences up to {@code end} − 1, whose first {@code shared} keys are the same, in whole blocks
     */
    static void forward(HeadLayout layout, int first, int end, int shared, int keyHead, Scratch mine) {
        int group = layout.group;
        int rows = (end - first) * group;
        long stride = stride(layout, first, end);
        // Rows of a sequence are taken four at a time, so that its last ones reach into the next one's, or behind the
        // last.
        long scores = mine.floats((rows + RowKernel.HEADS + 1) * stride / 4);
        AttentionBlock block = mine.attention.of(layout, rows, shared, stride);
        block.scores(
                queries(layout, first, end, keyHead, mine),
                layout.headDim * 4L,
                mine.cachedKeys.at(layout, first, keyHead),
                ScoreMath.alpha(layout),
                scores);
        int part = keyHead * CachedRow.partsOfGroup(layout);
        int parts = part + CachedRow.partsOfGroup(layout);
        for (int s = first; s < end; s++) {
            long own = scores + (long) (s - first) * group * stride + shared * 4L;
            CachedRow.scores(layout, s, 0, part, parts, shared, layout.keys(s), own, stride, mine);
        }
        softmax(layout, first, end, keyHead, scores, stride, mine);
        long mixed = mine.rows((long) rows * layout.headDim);
        block.mix(scores, mine.cachedValues.at(layout, first, keyHead), mixed, layout.headDim * 4L);
        for (int s = first; s < end; s++) {
            long own = scores + (long) (s - first) * group * stride + shared * 4L;
            long begun = mixed + (long) (s - first) * group * layout.headDim * 4;
            float[] sums = CachedRow.sums(layout, part, parts, begun, mine);
            CachedRow.mix(layout, s, part, parts, shared, layout.keys(s), own, stride, sums, mine);
            CachedRow.store(layout, s, 0, part, parts, sums, mine);
        }
    }

    private static long stride(HeadLayout layout, int first, int end) {
        int longest = 0;
        for (int s = first; s < end; s++) {
            longest = Math.max(longest, layout.keys(s));
        }
        int tokens = layout.blocks.tokens;
        return AttentionBlock.strideFor(Math.ceilDiv(longest, tokens) * tokens);
    }

    /** The F32 rows of all queries of a key head, those of one sequence after another's. */
    private static long queries(HeadLayout layout, int first, int end, int keyHead, Scratch mine) {
        int width = layout.group * layout.headDim;
        long rows = mine.queries.floats((long) (end - first) * width);
        for (int s = first; s < end; s++) {
            long from = layout.queryAddress(layout.q, layout.queryType, s, 0, keyHead * layout.group);
            HalfMath.widen(layout.queryType, from, width, rows + (long) (s - first) * width * 4);
        }
        return rows;
    }

    private static void softmax(
            HeadLayout layout, int first, int end, int keyHead, long scores, long stride, Scratch mine) {
        int group = layout.group;
        long room = scores + ((end - first) * group + RowKernel.HEADS) * stride;
        for (int s = first; s < end; s++) {
            long lse = layout.lse + (layout.queryRow(s, 0) * layout.heads + (long) keyHead * group) * 4;
            for (int h = 0; h < group; h++) {
                long row = scores + ((s - first) * group + h) * stride;
                ScoreMath.finish(layout, row, layout.keys(s), room, mine);
                Memory.set(lse + h * 4L, ScoreMath.softmax(layout, row, layout.keys(s), mine));
            }
        }
    }
}
