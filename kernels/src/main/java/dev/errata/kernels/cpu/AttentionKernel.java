package dev.errata.kernels.cpu;

import dev.errata.tensor.Op;

/**
 * Causal softmax attention. Forward tasks are blocks of 48 queries of one head; backward tasks are all queries of one
 * key/value head, since they add to the same dK and dV. Sequences with few queries, as in decoding, go row by row.
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
        int blocks = 0;
        for (int s = 0; s < layout.sequences; s++) {
            blocks += blocks(layout, s);
        }
        workers.parallelFor(blocks * layout.heads, (task, worker) -> {
            int head = task % layout.heads;
            int block = task / layout.heads;
            int segment = 0;
            while (block >= blocks(layout, segment)) {
                block -= blocks(layout, segment);
                segment++;
            }
            int first = block * AttentionBlock.QUERIES;
            if (layout.queries(segment) < FEW_QUERIES) {
                for (int i = 0; i < layout.queries(segment); i++) {
                    AttentionRow.forward(layout, segment, i, head, scratch[worker]);
                }
            } else {
                forward(new AttentionBlock(layout, scratch[worker], segment, first), head);
            }
        });
    }

    private static int blocks(HeadLayout layout, int segment) {
        return Workers.tasks(layout.queries(segment), AttentionBlock.QUERIES);
    }

    private static void forward(AttentionBlock block, int head) {
        HeadLayout layout = block.layout;
        Scratch mine = block.scratch;
        long scores = mine.floats(block.queries * block.stride / 4);
        scores(block, head, scores);
        for (int i = 0; i < block.queries; i++) {
            int from = block.from(i);
            int to = block.to(i);
            long row = scores + i * block.stride;
            long seen = row + from * 4L;
            float max = RowMath.max(seen, to - from, mine.lanes);
            VectorExp.apply(seen, 1, -max, to - from, seen);
            double sum = RowMath.sum(seen, to - from, mine.lanes);
            RowMath.scale(seen, to - from, (float) (1 / sum));
            if (layout.bf16) {
                RoundMath.bf16(seen, to - from, seen);
            }
            RowMath.fill(row, from, 0);
            RowMath.fill(row + to * 4L, block.keys - to, 0);
            Memory.set(layout.lse + (block.queryRow(i) * layout.heads + head) * 4, (float) (max + StrictMath.log(sum)));
        }
        block.mix(scores, layout.v, head, layout.out);
    }

    /** scale · q · kᵀ; in bf16 the product is rounded first, then the scaled one. */
    private static void scores(AttentionBlock block, int head, long scores) {
        HeadLayout layout = block.layout;
        block.scores(layout.q, layout.k, head, layout.bf16 ? 1 : layout.scale, scores);
        if (layout.bf16) {
            for (int i = 0; i < block.queries; i++) {
                RoundMath.scaledBf16(scores + i * block.stride, layout.scale, block.keys);
            }
        }
    }

    void backward(Op.AttentionBackward op) {
        HeadLayout layout = new HeadLayout(op.forward());
        long dOut = Memory.floats(op.dOut(), op.forward().q().elements());
        long dQ = Memory.floats(op.dQ(), op.forward().q().elements());
        long dK = Memory.floats(op.dK(), op.forward().k().elements());
        long dV = Memory.floats(op.dV(), op.forward().k().elements());
        Memory.zero(dQ, op.dQ().bytes());
        Memory.zero(dK, op.dK().bytes());
        Memory.zero(dV, op.dV().bytes());
        int group = layout.heads / layout.keyHeads;
        workers.parallelFor(layout.sequences * layout.keyHeads, (task, worker) -> {
            int segment = task / layout.keyHeads;
            int firstHead = task % layout.keyHeads * group;
            for (int head = firstHead; head < firstHead + group; head++) {
                int queries = layout.queries(segment);
                for (int i = 0; i < queries; i += AttentionBlock.QUERIES) {
                    backward(new AttentionBlock(layout, scratch[worker], segment, i), head, dOut, dQ, dK, dV);
                }
            }
        });
    }

    private static void backward(AttentionBlock block, int head, long dOut, long dQ, long dK, long dV) {
        HeadLayout layout = block.layout;
        long floats = block.queries * block.stride / 4;
        long p = block.scratch.floats(2 * floats);
        long dScores = p + floats * 4;
        scores(block, head, p);
        block.scores(dOut, layout.v, head, 1, dScores);
        for (int i = 0; i < block.queries; i++) {
            int from = block.from(i);
            int to = block.to(i);
            long at = block.queryRow(i) * layout.stride + layout.headOffset(head);
            float delta = (float) RowMath.dot(dOut + at, layout.out + at, layout.headDim, block.scratch.lanes);
            float lse = Memory.get(layout.lse + (block.queryRow(i) * layout.heads + head) * 4);
            long row = p + i * block.stride;
            long dRow = dScores + i * block.stride;
            VectorExp.apply(row + from * 4L, 1, -lse, to - from, row + from * 4L);
            RowMath.softmaxGradient(row + from * 4L, delta, layout.scale, to - from, dRow + from * 4L);
            RowMath.fill(row, from, 0);
            RowMath.fill(dRow, from, 0);
            RowMath.fill(row + to * 4L, block.keys - to, 0);
            RowMath.fill(dRow + to * 4L, block.keys - to, 0);
        }
        block.spread(p, dOut, head, dV);
        block.spread(dScores, layout.q, head, dK);
        block.mix(dScores, layout.k, head, dQ);
    }
}
