package dev.errata.kernels.cpu;

import dev.errata.tensor.Op;

/**
 * Causal softmax attention. Tasks are blocks of 48 queries of one head. Sequences with few queries over a cache, as in
 * decoding, go query by query, some heads with the same key head together.
 */
final class AttentionKernel {
    private static final int FEW_QUERIES = 8;

    private final Workers workers;
    private final Scratch[] scratch;

    AttentionKernel(Workers workers, Scratch[] scratch) {
        this.workers = workers;
        this.scratch = scratch;
    }

    void forward(Op.Attention op) {
        HeadLayout layout = new HeadLayout(op);
        int tasks = 0;
        for (int s = 0; s < layout.sequences; s++) {
            tasks += tasks(layout, s);
        }
        workers.parallelFor(tasks, (task, worker) -> {
            int rest = task;
            int segment = 0;
            while (rest >= tasks(layout, segment)) {
                rest -= tasks(layout, segment);
                segment++;
            }
            if (goesByQuery(layout, segment)) {
                int parts = CachedRow.parts(layout);
                CachedRow.forward(layout, segment, rest / parts, rest % parts, scratch[worker]);
            } else {
                int head = rest % layout.heads;
                int first = rest / layout.heads * AttentionBlock.QUERIES;
                forward(layout, new AttentionBlock(layout, scratch[worker], segment, first), segment, first, head);
            }
        });
    }

    private static boolean goesByQuery(HeadLayout layout, int segment) {
        return layout.blocks != null && layout.queries(segment) < FEW_QUERIES;
    }

    private static int tasks(HeadLayout layout, int segment) {
        int queries = layout.queries(segment);
        return goesByQuery(layout, segment)
                ? queries * CachedRow.parts(layout)
                : Workers.tasks(queries, AttentionBlock.QUERIES) * layout.heads;
    }

    private static void forward(HeadLayout layout, AttentionBlock block, int segment, int first, int head) {
        Scratch mine = block.scratch;
        int keyHead = head / layout.group;
        KeyColumns keys;
        ValueRows values;
        if (layout.blocks == null) {
            keys = new PackedRows(layout.keyHead(layout.k, layout.keyType, segment, keyHead), mine);
            values = new PackedRows(layout.keyHead(layout.v, layout.keyType, segment, keyHead), mine);
        } else {
            keys = new CachedKeys(layout, segment, keyHead, mine);
            values = new CachedValues(layout, segment, keyHead, mine);
        }
        long room = mine.queries.floats((long) AttentionBlock.QUERIES * layout.headDim);
        HeadRows q = layout.queryHead(layout.q, layout.queryType, segment, head)
                .from(first)
                .floats(block.queries, room);
        long scores = mine.floats((block.queries + 1) * block.stride / 4);
        block.scores(q, keys, ScoreMath.alpha(layout), scores);
        for (int i = 0; i < block.queries; i++) {
            int from = block.from(i);
            int count = block.to(i) - from;
            long row = scores + i * block.stride;
            long seen = row + from * 4L;
            ScoreMath.finish(layout, seen, count, scores + block.queries * block.stride);
            float lse = ScoreMath.softmax(layout, seen, count, mine.lanes);
            Memory.set(layout.lse + (block.queryRow(i) * layout.heads + head) * 4, lse);
            RowMath.fill(row, from, 0);
            RowMath.fill(seen + count * 4L, block.keys - from - count, 0);
        }
        HeadRows out =
                layout.queryHead(layout.out, layout.outType, segment, head).from(first);
        HeadRows sums = out.isF32() ? out : HeadRows.dense(room, layout.headDim);
        block.mix(scores, values, sums);
        if (!out.isF32()) {
            out.set(sums, block.queries);
        }
    }
}
