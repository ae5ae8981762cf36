package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;

/**
 * The gradient of causal softmax attention. Tasks are all queries of one key/value head of a sequence, since they add to the
 * same dK and dV. What isn't F32 is widened for a task, and its sums are narrowed once, at the end.
 */
final class AttentionGradient {
    private final Workers workers;
    private final Scratch[] scratch;

    AttentionGradient(Workers workers, Scratch[] scratch) {
        this.workers = workers;
        this.scratch = scratch;
    }

    void run(Op.AttentionBackward op) {
        HeadLayout layout = new HeadLayout(op.forward());
        // Rows that belong to no sequence have no gradient.
        zero(op.dQ());
        zero(op.dK());
        zero(op.dV());
        workers.parallelFor(layout.sequences * layout.keyHeads, (task, worker) -> {
            if (layout.queries(task / layout.keyHeads) > 0) {
                new OneHead(op, layout, task / layout.keyHeads, task % layout.keyHeads, scratch[worker]).run();
            }
        });
    }

    private static void zero(Tensor tensor) {
        Memory.zero(Memory.anyFloats(tensor, tensor.elements()), tensor.bytes());
    }

    /** One key head of one sequence. */
    private static final class OneHead {
        private final Op.AttentionBackward op;
        private final HeadLayout layout;
        private final int segment;
        private final int keyHead;
        private final Scratch mine;
        private final int d;
        private final int queries;
        private final int keys;
        private final HeadRows dK;
        private final HeadRows dV;
        private final HeadRows dKSums;
        private final HeadRows dVSums;
        private final PackedRows k;
        private final PackedRows v;
        private final long q;
        private final long dOut;
        private final long out;
        private final long dQ;

        OneHead(Op.AttentionBackward op, HeadLayout layout, int segment, int keyHead, Scratch mine) {
            this.op = op;
            this.layout = layout;
            this.segment = segment;
            this.keyHead = keyHead;
            this.mine = mine;
            d = layout.headDim;
            queries = layout.queries(segment);
            keys = layout.keys(segment);
            dK = layout.keyHead(Memory.anyFloats(op.dK(), 0), op.dK().dtype(), segment, keyHead);
            dV = layout.keyHead(Memory.anyFloats(op.dV(), 0), op.dV().dtype(), segment, keyHead);
            long keyBytes = 4L * keys * d;
            long queryBytes = 4L * queries * d;
            boolean allF32 = dK.isF32()
                    && dV.isF32()
                    && layout.keyType == DType.F32
                    && op.dOut().dtype() == DType.F32
                    && op.dQ().dtype() == DType.F32
                    && layout.queryType == DType.F32
                    && layout.outType == DType.F32;
            long room = allF32 ? 0 : mine.queries.floats((4L * keys + 3L * queries + AttentionBlock.QUERIES) * d);
            dKSums = sums(dK, room);
            dVSums = sums(dV, room + keyBytes);
            k = widened(layout.k, room + 2 * keyBytes);
            v = widened(layout.v, room + 3 * keyBytes);
            q = room + 4 * keyBytes;
            dOut = q + queryBytes;
            out = dOut + queryBytes;
            dQ = out + queryBytes;
        }

        private HeadRows head(Tensor tensor, int head) {
            return layout.queryHead(Memory.anyFloats(tensor, 0), tensor.dtype(), segment, head);
        }

        private HeadRows sums(HeadRows rows, long room) {
            if (rows.isF32()) {
                return rows;
            }
            Memory.zero(room, 4L * keys * d);
            return HeadRows.dense(room, d);
        }

        private PackedRows widened(long base, long room) {
            return new PackedRows(
                    layout.keyHead(base, layout.keyType, segment, keyHead).floats(keys, room), mine);
        }

        void run() {
            for (int head = keyHead * layout.group; head < (keyHead + 1) * layout.group; head++) {
                HeadRows qRows = head(op.forward().q(), head).floats(queries, q);
                HeadRows outRows = head(op.forward().out(), head).floats(queries, out);
                HeadRows dOutRows = head(op.dOut(), head).floats(queries, dOut);
                HeadRows dQRows = head(op.dQ(), head);
                for (int first = 0; first < queries; first += AttentionBlock.QUERIES) {
                    AttentionBlock block = new AttentionBlock(layout, mine, segment, first);
                    HeadRows to = dQRows.from(first);
                    HeadRows sums = to.isF32() ? to : HeadRows.dense(dQ, d);
                    backward(block, head, qRows.from(first), outRows.from(first), dOutRows.from(first), sums);
                    if (!to.isF32()) {
                        to.set(sums, block.queries);
                    }
                }
            }
            if (!dK.isF32()) {
                dK.set(dKSums, keys);
            }
            if (!dV.isF32()) {
                dV.set(dVSums, keys);
            }
        }

        private void backward(
                AttentionBlock block, int head, HeadRows qRows, HeadRows outRows, HeadRows dOutRows, HeadRows dQSums) {
            long floats = block.queries * block.stride / 4;
            long p = mine.floats(2 * floats + 2 * block.stride / 4);
            long dScores = p + floats * 4;
            long room = dScores + floats * 4;
            long slopes = room + block.stride;
            block.scores(qRows, k, ScoreMath.alpha(layout), p);
            block.scores(dOutRows, v, 1, dScores);
            for (int i = 0; i < block.queries; i++) {
                int from = block.from(i);
                int count = block.to(i) - from;
                float delta = (float) RowMath.dot(dOutRows.at(i), outRows.at(i), d, mine.lanes);
                float lse = Memory.get(layout.lse + (block.queryRow(i) * layout.heads + head) * 4);
                long row = p + i * block.stride;
                long dRow = dScores + i * block.stride;
                long seen = row + from * 4L;
                ScoreMath.finish(layout, seen, count, room);
                if (layout.softCap != 0) {
                    ScoreMath.slopes(seen, count, layout.softCap, slopes);
                }
                VectorExp.apply(seen, 1, -lse, count, seen);
                RowMath.softmaxGradient(seen, delta, layout.scale, count, dRow + from * 4L);
                if (layout.softCap != 0) {
                    ScoreMath.multiply(dRow + from * 4L, slopes, count);
                }
                RowMath.fill(row, from, 0);
                RowMath.fill(dRow, from, 0);
                RowMath.fill(seen + count * 4L, block.keys - from - count, 0);
                RowMath.fill(dRow + (from + count) * 4L, block.keys - from - count, 0);
            }
            block.spread(p, dOutRows, dVSums);
            block.spread(dScores, qRows, dKSums);
            block.mix(dScores, k, dQSums);
        }
    }
}
