package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;
import java.util.Arrays;

/**
 * Attention of one query over a cache, as in decoding: each block of keys and of values is read once for up to four heads
 * that share it. Sums are in the order of {@link AttentionBlock}, so that a token gets the same bits alone and in a prompt.
 */
final class CachedRow {
    private CachedRow() {}

    /** Tasks of a query: for each key head, its query heads by four. */
    static int parts(HeadLayout layout) {
        return layout.keyHeads * partsOfGroup(layout);
    }

    private static int partsOfGroup(HeadLayout layout) {
        return Math.ceilDiv(layout.group, RowKernel.HEADS);
    }

    static void forward(HeadLayout layout, int segment, int query, int part, Scratch mine) {
        int keyHead = part / partsOfGroup(layout);
        int first = part % partsOfGroup(layout) * RowKernel.HEADS;
        int heads = Math.min(RowKernel.HEADS, layout.group - first);
        int firstHead = keyHead * layout.group + first;
        int from = layout.firstKey(segment, query);
        int to = layout.lastKey(segment, query) + 1;
        int tokens = layout.blocks.tokens;
        int base = from - from % tokens;
        long stride = AttentionBlock.strideFor(Math.ceilDiv(to - base, tokens) * tokens);
        long scores = mine.floats((RowKernel.HEADS + 1) * stride / 4);
        scores(layout, segment, query, keyHead, firstHead, heads, base, to, scores, stride, mine);
        long seen = scores + (from - base) * 4L;
        long row = layout.queryRow(segment, query);
        for (int h = 0; h < heads; h++) {
            ScoreMath.finish(layout, seen + h * stride, to - from, scores + RowKernel.HEADS * stride);
            float lse = ScoreMath.softmax(layout, seen + h * stride, to - from, mine.lanes);
            Memory.set(layout.lse + (row * layout.heads + firstHead + h) * 4, lse);
        }
        float[] mixed = mix(layout, segment, keyHead, from, to, seen, stride, mine);
        for (int h = 0; h < heads; h++) {
            store(layout, segment, query, firstHead + h, mixed, h, mine);
        }
    }

    /** Rows of scores of the keys from {@code base}, the first of a block, in whole blocks. */
    private static void scores(
            HeadLayout layout,
            int segment,
            int query,
            int keyHead,
            int firstHead,
            int heads,
            int base,
            int to,
            long scores,
            long stride,
            Scratch mine) {
        int d = layout.headDim;
        int tokens = layout.blocks.tokens;
        float alpha = ScoreMath.alpha(layout);
        float[] q = mine.aPanels(d * RowKernel.HEADS);
        for (int h = 0; h < RowKernel.HEADS; h++) {
            // Fewer heads than places: the last one again, which costs nothing and is not looked at.
            int head = firstHead + Math.min(h, heads - 1);
            long from = layout.queryAddress(layout.q, layout.queryType, segment, query, head);
            if (layout.queryType != DType.F32) {
                long wide = mine.queries.floats(d);
                HalfMath.widen(layout.queryType, from, d, wide);
                from = wide;
            }
            for (int c = 0; c < d; c++) {
                q[c * RowKernel.HEADS + h] = Memory.get(from + c * 4L) * alpha;
            }
        }
        CachedKeys keys = new CachedKeys(layout, segment, keyHead, mine);
        for (int key = base; key < to; key += tokens) {
            long block = keys.block(key / tokens);
            long at = scores + (key - base) * 4L;
            for (int t = 0; t < tokens; t += RowKernel.COLUMNS) {
                RowKernel.scores(q, block + t * 4L, tokens * 4L, d, at + t * 4L, stride);
            }
        }
    }

    /** Σ p · v of the keys: [column pairs][HEADS][COLUMNS], where lanes beyond D mean nothing. */
    private static float[] mix(
            HeadLayout layout, int segment, int keyHead, int from, int to, long p, long stride, Scratch mine) {
        int d = layout.headDim;
        int tokens = layout.blocks.tokens;
        int wide = Math.ceilDiv(d, RowKernel.COLUMNS) * RowKernel.COLUMNS;
        int size = wide * RowKernel.HEADS;
        float[] sums = mine.bPanels(size);
        Arrays.fill(sums, 0, size, 0);
        CachedValues values = new CachedValues(layout, segment, keyHead, mine);
        for (int key = from; key < to; ) {
            int count = Math.min(to, key - key % tokens + tokens) - key;
            long rows = values.floats(key, count, wide);
            for (int c = 0; c < wide; c += RowKernel.COLUMNS) {
                RowKernel.mix(
                        p + (key - from) * 4L, stride, rows + c * 4L, wide * 4L, count, sums, c * RowKernel.HEADS);
            }
            key += count;
        }
        return sums;
    }

    private static void store(HeadLayout layout, int segment, int query, int head, float[] sums, int h, Scratch mine) {
        int d = layout.headDim;
        long out = layout.queryAddress(layout.out, layout.outType, segment, query, head);
        long row = layout.outType == DType.F32 ? out : mine.queries.floats(d);
        for (int c = 0; c < d; c++) {
            int pair = c / RowKernel.COLUMNS;
            int at = (pair * RowKernel.HEADS + h) * RowKernel.COLUMNS + c % RowKernel.COLUMNS;
            Memory.set(row + c * 4L, sums[at]);
        }
        if (layout.outType != DType.F32) {
            HalfMath.narrow(row, layout.outType, d, out);
        }
    }
}
