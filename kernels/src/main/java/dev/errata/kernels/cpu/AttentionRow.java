package dev.errata.kernels.cpu;

/** Attention of one query of one head, as in decoding: keys and values are read in place, each once. */
final class AttentionRow {
    private AttentionRow() {}

    static void forward(HeadLayout layout, int segment, int query, int head, Scratch mine) {
        int first = layout.firstKey(segment, query);
        int count = layout.lastKey(segment, query) - first + 1;
        long row = layout.queryRow(segment, query);
        long q = layout.q + row * layout.stride + layout.headOffset(head);
        long offset = (layout.keyRow(segment) + first) * layout.keyStride + layout.keyHeadOffset(head);
        long scores = mine.floats(AttentionBlock.strideFor(count) / 4);
        scores(layout, q, layout.k + offset, count, scores, mine);
        if (layout.bf16) {
            RoundMath.scaledBf16(scores, layout.scale, count);
        }
        float max = RowMath.max(scores, count, mine.lanes);
        VectorExp.apply(scores, 1, -max, count, scores);
        double sum = RowMath.sum(scores, count, mine.lanes);
        RowMath.scale(scores, count, (float) (1 / sum));
        if (layout.bf16) {
            RoundMath.bf16(scores, count, scores);
        }
        long out = layout.out + row * layout.stride + layout.headOffset(head);
        RowMath.fill(out, layout.headDim, 0);
        int j = 0;
        for (; j + 4 <= count; j += 4) {
            long values = layout.v + offset + j * layout.keyStride;
            RowMath.addFourRows(values, layout.keyStride, scores + j * 4L, layout.headDim, out);
        }
        for (; j < count; j++) {
            long value = layout.v + offset + j * layout.keyStride;
            RowMath.addScaled(value, Memory.get(scores + j * 4L), layout.headDim, out);
        }
        Memory.set(layout.lse + (row * layout.heads + head) * 4, (float) (max + StrictMath.log(sum)));
    }

    /** scale · q · k for each key; in bf16 without the scale. */
    private static void scores(HeadLayout layout, long q, long keys, int count, long scores, Scratch mine) {
        int d = layout.headDim;
        float scale = layout.bf16 ? 1 : layout.scale;
        int whole = Lanes.floor(d);
        for (int first = 0; first < count; first += LaneSums.COUNT) {
            int width = Math.min(LaneSums.COUNT, count - first);
            long key = keys + first * layout.keyStride;
            int j = 0;
            for (; j + 4 <= width; j += 4) {
                long from = key + j * layout.keyStride;
                DotKernel.oneByFour(q, from, layout.keyStride, whole, mine.lanes, j * Lanes.COUNT);
            }
            for (; j < width; j++) {
                DotKernel.oneByOne(q, key + j * layout.keyStride, whole, mine.lanes, j * Lanes.COUNT);
            }
            LaneSums.sum(mine.lanes, mine.swapped, mine.between);
            for (int l = 0; l < width; l++) {
                float sum = DotKernel.tail(mine.lanes[l], q, key + l * layout.keyStride, whole, d);
                Memory.set(scores + (first + l) * 4L, sum * scale);
            }
        }
    }
}
