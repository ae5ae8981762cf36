package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;
import java.util.Arrays;

/**
 * Attention of one query over a cache, as in decoding: each block of keys and of values is read once for all heads of a task,
 * up to four that share it together (a part). Sums are in the order of {@link AttentionBlock}, so that a token gets the same
 * bits alone and in a prompt.
 */
final class CachedRow {
    private CachedRow() {}

    /** Parts of a query: for each key head, its query heads by four. */
    static int parts(HeadLayout layout) {
        return layout.keyHeads * partsOfGroup(layout);
    }

    /** Parts that share a key head. */
    static int partsOfGroup(HeadLayout layout) {
        return Math.ceilDiv(layout.group, RowKernel.HEADS);
    }

    private static int keyHead(HeadLayout layout, int part) {
        return part / partsOfGroup(layout);
    }

    private static int firstHead(HeadLayout layout, int part) {
        return keyHead(layout, part) * layout.group + part % partsOfGroup(layout) * RowKernel.HEADS;
    }

    private static int heads(HeadLayout layout, int part) {
        return Math.min(RowKernel.HEADS, layout.group - part % partsOfGroup(layout) * RowKernel.HEADS);
    }

    /** The heads of the parts {@code first} to {@code end} − 1. */
    static void forward(HeadLayout layout, int segment, int query, int first, int end, Scratch mine) {
        int from = layout.firstKey(segment, query);
        int to = layout.lastKey(segment, query) + 1;
        int tokens = layout.blocks.tokens;
        int base = from - from % tokens;
        long stride = AttentionBlock.strideFor(Math.ceilDiv(to - base, tokens) * tokens);
        int rows = (end - first) * RowKernel.HEADS;
        long scores = mine.floats((rows + 1) * stride / 4);
        scores(layout, segment, query, first, end, base, to, scores, stride, mine);
        long seen = scores + (from - base) * 4L;
        long lse = layout.lse + layout.queryRow(segment, query) * layout.heads * 4;
        for (int part = first; part < end; part++) {
            for (int h = 0; h < heads(layout, part); h++) {
                long row = seen + ((part - first) * RowKernel.HEADS + h) * stride;
                ScoreMath.finish(layout, row, to - from, scores + rows * stride, mine);
                Memory.set(lse + (firstHead(layout, part) + h) * 4L, ScoreMath.softmax(layout, row, to - from, mine));
            }
        }
        float[] sums = sums(layout, first, end, 0, mine);
        mix(layout, segment, first, end, from, to, seen, stride, sums, mine);
        store(layout, segment, query, first, end, sums, mine);
    }

    /** Rows of scores of the keys from {@code base}, the first of a block, in whole blocks; {@link RowKernel#HEADS} a part. */
    static void scores(
            HeadLayout layout,
            int segment,
            int query,
            int first,
            int end,
            int base,
            int to,
            long scores,
            long stride,
            Scratch mine) {
        int d = layout.headDim;
        int tokens = layout.blocks.tokens;
        float[] q = mine.aPanels((end - first) * d * RowKernel.HEADS);
        for (int part = first; part < end; part++) {
            queries(layout, segment, query, part, q, (part - first) * d * RowKernel.HEADS, mine);
        }
        for (int key = base; key < to; key += tokens) {
            long at = scores + (key - base) * 4L;
            long block = 0;
            for (int part = first; part < end; part++) {
                if (part == first || part % partsOfGroup(layout) == 0) {
                    block = mine.cachedKeys
                            .at(layout, segment, keyHead(layout, part))
                            .block(key / tokens);
                }
                int index = part - first;
                for (int t = 0; t < tokens; t += RowKernel.COLUMNS) {
                    RowKernel.scores(
                            q,
                            index * d * RowKernel.HEADS,
                            block + t * 4L,
                            tokens * 4L,
                            d,
                            at + (long) index * RowKernel.HEADS * stride + t * 4L,
                            stride);
                }
            }
        }
    }

    /** q[at + c · HEADS + h] = element c of the part's head h, scaled. */
    private static void queries(HeadLayout layout, int segment, int query, int part, float[] q, int at, Scratch mine) {
        int d = layout.headDim;
        float alpha = ScoreMath.alpha(layout);
        for (int h = 0; h < RowKernel.HEADS; h++) {
            // Fewer heads than places: the last one again, which costs nothing and is not looked at.
            int head = firstHead(layout, part) + Math.min(h, heads(layout, part) - 1);
            long from = layout.queryAddress(layout.q, layout.queryType, segment, query, head);
            if (layout.queryType != DType.F32) {
                long wide = mine.queries.floats(d);
                HalfMath.widen(layout.queryType, from, d, wide);
                from = wide;
            }
            for (int c = 0; c < d; c++) {
                q[at + c * RowKernel.HEADS + h] = Memory.get(from + c * 4L) * alpha;
            }
        }
    }

    /**
     * Sums of values, [parts][column pairs][HEADS][COLUMNS], where lanes beyond D mean nothing.
     *
     * @param begun what they begin with: F32 rows [heads, D] of all heads of the parts; 0 for zeros
     */
    static float[] sums(HeadLayout layout, int first, int end, long begun, Scratch mine) {
        int d = layout.headDim;
        int size = (end - first) * wide(layout) * RowKernel.HEADS;
        float[] sums = mine.bPanels(size);
        Arrays.fill(sums, 0, size, 0);
        long row = begun;
        for (int part = first; part < end && begun != 0; part++) {
            for (int h = 0; h < heads(layout, part); h++) {
                for (int c = 0; c < d; c += RowKernel.COLUMNS) {
                    int count = Math.min(RowKernel.COLUMNS, d - c);
                    Memory.getFloats(row + c * 4L, sums, at(layout, part - first, h, c), count);
                }
                row += d * 4L;
            }
        }
        return sums;
    }

    private static int wide(HeadLayout layout) {
        return Math.ceilDiv(layout.headDim, RowKernel.COLUMNS) * RowKernel.COLUMNS;
    }

    /** Where the sums of a head's elements from c on are, c a multiple of COLUMNS. */
    private static int at(HeadLayout layout, int part, int h, int c) {
        return (part * wide(layout) + c) * RowKernel.HEADS + h * RowKernel.COLUMNS;
    }

    /** sums += Σ p · v of the keys. */
    static void mix(
            HeadLayout layout,
            int segment,
            int first,
            int end,
            int from,
            int to,
            long p,
            long stride,
            float[] sums,
            Scratch mine) {
        int tokens = layout.blocks.tokens;
        for (int key = from; key < to; ) {
            int count = Math.min(to, key - key % tokens + tokens) - key;
            mixBlock(layout, segment, first, end, key, count, p + (key - from) * 4L, stride, sums, mine);
            key += count;
        }
    }

    /** out = the sums of all heads. */
    static void store(HeadLayout layout, int segment, int query, int first, int end, float[] sums, Scratch mine) {
        for (int part = first; part < end; part++) {
            for (int h = 0; h < heads(layout, part); h++) {
                store(layout, segment, query, firstHead(layout, part) + h, sums, at(layout, part - first, h, 0), mine);
            }
        }
    }

    /** Adds what some keys of one block give. */
    private static void mixBlock(
            HeadLayout layout,
            int segment,
            int first,
            int end,
            int key,
            int count,
            long p,
            long stride,
            float[] sums,
            Scratch mine) {
        int wide = wide(layout);
        long rows = 0;
        for (int part = first; part < end; part++) {
            if (part == first || part % partsOfGroup(layout) == 0) {
                rows = mine.cachedValues
                        .at(layout, segment, keyHead(layout, part))
                        .floats(key, count, wide);
            }
            int index = part - first;
            for (int c = 0; c < wide; c += RowKernel.COLUMNS) {
                RowKernel.mix(
                        p + (long) index * RowKernel.HEADS * stride,
                        stride,
                        rows + c * 4L,
                        wide * 4L,
                        count,
                        sums,
                        (index * wide + c) * RowKernel.HEADS);
            }
        }
    }

    /**
     * Stores the sums of a head.
     *
     * @param at where its first ones are
     */
    private static void store(HeadLayout layout, int segment, int query, int head, float[] sums, int at, Scratch mine) {
        int d = layout.headDim;
        long out = layout.queryAddress(layout.out, layout.outType, segment, query, head);
        long row = layout.outType == DType.F32 ? out : mine.queries.floats(d);
        for (int c = 0; c < d; c += RowKernel.COLUMNS) {
            Memory.setFloats(row + c * 4L, sums, at + c * RowKernel.HEADS, Math.min(RowKernel.COLUMNS, d - c));
        }
        if (layout.outType != DType.F32) {
            HalfMath.narrow(row, layout.outType, d, out);
        }
    }
}
