package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;

/**
 * Attention of BF16 queries over BF16 keys and values with both products by {@link AttentionProducts}. What is multiplied has bf16's values here as in
 * {@link AttentionBlock}: q, k and v are, and probabilities are rounded to it. The order of sums is another one.
 */
final class Bf16Attention {
    private final AttentionProducts unit;

    private Bf16Attention(AttentionProducts unit) {
        this.unit = unit;
    }

    /** Null without the unit. */
    static Bf16Attention of(MachineKernels machine) {
        AttentionProducts products = machine == null ? null : machine.attentionProducts();
        return products == null ? null : new Bf16Attention(products);
    }

    /** Whether an attention is computed here. */
    boolean takes(HeadLayout layout) {
        return layout.queryType == DType.BF16 && layout.keyType == DType.BF16 && layout.headDim % 2 == 0;
    }

    /** Whether the gradient of an attention is computed here, where products with dOut are of bf16 too. */
    boolean takesGradient(Op.AttentionBackward op, HeadLayout layout) {
        return op.dOut().dtype() == DType.BF16 && takes(layout);
    }

    /** The gradient of all queries of one key head. */
    void backward(Op.AttentionBackward op, HeadLayout layout, int segment, int keyHead, Scratch mine) {
        mine.bf16HeadGradient.run(unit, op, layout, segment, keyHead);
    }

    /** Up to {@link AttentionBlock#QUERIES} queries of one head. */
    void forward(HeadLayout layout, int segment, int first, int head, Scratch mine) {
        AttentionBlock block = mine.attention.at(layout, segment, first);
        Bf16Keys keys = mine.bf16Keys.at(unit, layout, segment, head / layout.group);
        int end = block.firstKey + block.keys;
        long scores = mine.floats((block.queries + 1) * block.stride / 4);
        long q = layout.queryAddress(layout.q, DType.BF16, segment, first, head);
        keys.scores(q, layout.queryStride(DType.BF16), block.queries, block.firstKey, end, scores, block.stride);
        long room = scores + block.queries * block.stride;
        for (int i = 0; i < block.queries; i++) {
            long row = scores + i * block.stride;
            float lse = probabilities(layout, row, block.from(i), block.to(i), block.keys, room, mine);
            Memory.set(layout.lse + (block.queryRow(i) * layout.heads + head) * 4, lse);
        }
        long mixedStride = Bf16Keys.padded(layout.headDim) * 4L;
        long mixed = mine.rows(block.queries * mixedStride / 4);
        keys.mix(scores, block.stride, block.queries, block.firstKey, end, mixed, mixedStride, false);
        long out = layout.queryAddress(layout.out, layout.outType, segment, first, head);
        long outStride = layout.queryStride(layout.outType);
        RowConversion.narrow(mixed, mixedStride, layout.outType, out, outStride, layout.headDim, block.queries, mine);
    }

    /**
     * One query of each of some sequences, which begin with the same keys, over a cache: all heads that share a key head, which read
     * keys and values together, those that the sequences share for all of them at once.
     *
     * @param first of the sequences up to {@code end} − 1
     * @param shared keys that they have in common, in whole blocks; 0 if there is one sequence
     */
    void forward(HeadLayout layout, int first, int end, int shared, int query, int keyHead, Scratch mine) {
        int group = layout.group;
        int rows = (end - first) * group;
        long stride = stride(layout, first, end, query);
        long scores = mine.floats((rows + 1) * stride / 4);
        long q = queries(layout, first, end, query, keyHead, mine);
        long qStride = layout.headDim * 2L;
        Bf16Keys keys = mine.bf16Keys.at(unit, layout, first, keyHead);
        keys.scores(q, qStride, rows, 0, shared, scores, stride);
        for (int s = first; s < end; s++) {
            int row = (s - first) * group;
            int base = base(layout, s, query);
            int from = Math.max(base, shared);
            keys.at(unit, layout, s, keyHead)
                    .scores(
                            q + row * qStride,
                            qStride,
                            group,
                            from,
                            layout.lastKey(s, query) + 1,
                            scores + row * stride + (from - base) * 4L,
                            stride);
        }
        for (int s = first; s < end; s++) {
            int base = base(layout, s, query);
            int from = layout.firstKey(s, query) - base;
            int to = layout.lastKey(s, query) + 1 - base;
            long lse = layout.lse + (layout.queryRow(s, query) * layout.heads + (long) keyHead * group) * 4;
            for (int h = 0; h < group; h++) {
                long row = scores + ((s - first) * group + h) * stride;
                Memory.set(lse + h * 4L, probabilities(layout, row, from, to, to, scores + rows * stride, mine));
            }
        }
        long mixedStride = Bf16Keys.padded(layout.headDim) * 4L;
        long mixed = mine.rows(rows * mixedStride / 4);
        keys.at(unit, layout, first, keyHead).mix(scores, stride, rows, 0, shared, mixed, mixedStride, false);
        for (int s = first; s < end; s++) {
            int row = (s - first) * group;
            int base = base(layout, s, query);
            int from = Math.max(base, shared);
            long sums = mixed + row * mixedStride;
            keys.at(unit, layout, s, keyHead)
                    .mix(
                            scores + row * stride + (from - base) * 2L,
                            stride,
                            group,
                            from,
                            layout.lastKey(s, query) + 1,
                            sums,
                            mixedStride,
                            shared > 0);
            long out = layout.queryAddress(layout.out, layout.outType, s, query, keyHead * group);
            long outStride = (long) layout.headDim * layout.outType.bytes();
            RowConversion.narrow(sums, mixedStride, layout.outType, out, outStride, layout.headDim, group, mine);
        }
    }

    /** The key of a row's first column: the first of the block where what the query sees begins. */
    private static int base(HeadLayout layout, int segment, int query) {
        int from = layout.firstKey(segment, query);
        return from - from % layout.blocks.tokens;
    }

    private static long stride(HeadLayout layout, int first, int end, int query) {
        int most = 0;
        for (int s = first; s < end; s++) {
            most = Math.max(most, layout.lastKey(s, query) + 1 - base(layout, s, query));
        }
        return AttentionBlock.strideFor(most);
    }

    /** Rows of BF16 [D] of all heads of a key head, those of one sequence after another's. */
    private static long queries(HeadLayout layout, int first, int end, int query, int keyHead, Scratch mine) {
        if (end == first + 1) {
            return layout.queryAddress(layout.q, DType.BF16, first, query, keyHead * layout.group);
        }
        long bytes = (long) layout.group * layout.headDim * 2;
        long rows = mine.queries.floats(Math.ceilDiv((end - first) * bytes, 4));
        for (int s = first; s < end; s++) {
            long from = layout.queryAddress(layout.q, DType.BF16, s, query, keyHead * layout.group);
            Memory.copy(from, rows + (s - first) * bytes, bytes);
        }
        return rows;
    }

    /**
     * A row of scores becomes one of probabilities in BF16, in its place: 0 for keys that aren't seen, up to a whole panel of them.
     *
     * @param from the first column that is seen
     * @param to the last one, exclusive
     * @param room for a row
     * @return the logarithm of the sum
     */
    private static float probabilities(
            HeadLayout layout, long row, int from, int to, int keys, long room, Scratch mine) {
        int padded = Bf16Keys.padded(keys);
        if (to > from && mine.bf16Scores.takes(layout.rounds, layout.softCap)) {
            float lse = mine.bf16Scores.probabilities(row + from * 4L, to - from, layout.scale, row + from * 2L);
            Memory.zero(row, from * 2L);
            Memory.zero(row + to * 2L, (padded - to) * 2L);
            return lse;
        }
        // Whole vectors throughout: what is behind the last key that is seen has no part in the sum.
        long seen = row + from * 4L;
        int whole = Lanes.ceil(to - from);
        ScoreMath.finish(layout, seen, whole, room, mine);
        RowMath.fill(row + to * 4L, whole - (to - from), Float.NEGATIVE_INFINITY);
        float lse = ScoreMath.softmax(layout, seen, whole, mine);
        RowMath.fill(row, from, 0);
        RowMath.fill(row + to * 4L, padded - to, 0);
        mine.rowsOfBf16.narrow(row, 0, row, 0, 1, padded);
        return lse;
    }
}
