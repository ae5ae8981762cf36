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
    /** Null without machine code for it. */
    private final Bf16Attention bf16;

    AttentionGradient(Workers workers, Scratch[] scratch, Bf16Attention bf16) {
        this.workers = workers;
        this.scratch = scratch;
        this.bf16 = bf16;
    }

    void run(Op.AttentionBackward op) {
        HeadLayout layout = new HeadLayout(op.forward());
        boolean byMachineCode = bf16 != null && bf16.takesGradient(op, layout);
        // Rows that belong to no sequence have no gradient.
        zero(op.dQ());
        zero(op.dK());
        zero(op.dV());
        workers.parallelFor(layout.sequences * layout.keyHeads, (task, worker) -> {
            int segment = task / layout.keyHeads;
            int keyHead = task % layout.keyHeads;
            if (layout.queries(segment) == 0) {
                return;
            }
            if (byMachineCode) {
                bf16.backward(op, layout, segment, keyHead, scratch[worker]);
            } else {
                new OneHead(op, layout, segment, keyHead, scratch[worker]).run();
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

        /** The next free place of the room for what is widened. */
        private long room;

        OneHead(Op.AttentionBackward op, HeadLayout layout, int segment, int keyHead, Scratch mine) {
            this.op = op;
            this.layout = layout;
            this.segment = segment;
            this.keyHead = keyHead;
            this.mine = mine;
            d = layout.headDim;
            queries = layout.queries(segment);
            keys = layout.keys(segment);
        }

        void run() {
            room = mine.queries.floats(roomFloats());
            PackedRows k = packed(layout.k);
            long panels = TurnedRows.floats(keys, d);
            long turned = mine.turned.floats(2 * panels);
            TurnedRows kColumns = mine.turnedKeys.of(k, 0, keys, turned, mine);
            TurnedRows vColumns = mine.turnedValues.of(packed(layout.v), 0, keys, turned + panels * 4, mine);
            long dK = sums(op.dK());
            long dV = sums(op.dV());
            long head0 = room;
            for (int head = keyHead * layout.group; head < (keyHead + 1) * layout.group; head++) {
                room = head0;
                long q = floats(op.forward().q(), head);
                long out = floats(op.forward().out(), head);
                long dOut = floats(op.dOut(), head);
                for (int first = 0; first < queries; first += AttentionBlock.QUERIES) {
                    backward(
                            mine.attention.at(layout, segment, first),
                            first,
                            head,
                            k,
                            kColumns,
                            vColumns,
                            q,
                            out,
                            dOut,
                            dK,
                            dV);
                }
            }
            store(op.dK(), dK);
            store(op.dV(), dV);
        }

        private long roomFloats() {
            long wide = 0;
            wide += layout.keyType == DType.F32 ? 0 : 2L * keys;
            wide += op.dK().dtype() == DType.F32 ? 0 : keys;
            wide += op.dV().dtype() == DType.F32 ? 0 : keys;
            wide += layout.queryType == DType.F32 ? 0 : queries;
            wide += layout.outType == DType.F32 ? 0 : queries;
            wide += op.dOut().dtype() == DType.F32 ? 0 : queries;
            wide += op.dQ().dtype() == DType.F32 ? 0 : AttentionBlock.QUERIES;
            return wide * d;
        }

        private long take(long rows) {
            long at = room;
            room += rows * d * 4;
            return at;
        }

        private PackedRows packed(long base) {
            long address = layout.keyAddress(base, layout.keyType, segment, keyHead);
            long stride = layout.keyStride(layout.keyType);
            if (layout.keyType == DType.F32) {
                return new PackedRows(address, stride, DType.F32, d, mine);
            }
            long wide = take(keys);
            RowConversion.widen(layout.keyType, address, stride, d, keys, wide, mine);
            return new PackedRows(wide, d * 4L, DType.F32, d, mine);
        }

        /** Where dK or dV is summed: in its place, or in zeroed rows. */
        private long sums(Tensor tensor) {
            if (tensor.dtype() == DType.F32) {
                return layout.keyAddress(Memory.floats(tensor, 0), DType.F32, segment, keyHead);
            }
            long wide = take(keys);
            Memory.zero(wide, 4L * keys * d);
            return wide;
        }

        private long keySumStride(Tensor tensor) {
            return tensor.dtype() == DType.F32 ? layout.keyStride(DType.F32) : d * 4L;
        }

        private void store(Tensor tensor, long sums) {
            DType dtype = tensor.dtype();
            if (dtype != DType.F32) {
                long to = layout.keyAddress(Memory.anyFloats(tensor, 0), dtype, segment, keyHead);
                RowConversion.narrow(sums, d * 4L, dtype, to, layout.keyStride(dtype), d, keys, mine);
            }
        }

        /** One head's rows of a tensor like q, in F32. */
        private long floats(Tensor tensor, int head) {
            DType dtype = tensor.dtype();
            long at = layout.queryAddress(Memory.anyFloats(tensor, 0), dtype, segment, 0, head);
            if (dtype == DType.F32) {
                return at;
            }
            long wide = take(queries);
            RowConversion.widen(dtype, at, layout.queryStride(dtype), d, queries, wide, mine);
            return wide;
        }

        private long floatStride(Tensor tensor) {
            return tensor.dtype() == DType.F32 ? layout.queryStride(DType.F32) : d * 4L;
        }

        private void backward(
                AttentionBlock block,
                int first,
                int head,
                PackedRows k,
                TurnedRows kColumns,
                TurnedRows vColumns,
                long qRows,
                long outRows,
                long dOutRows,
                long dK,
                long dV) {
            long qStride = floatStride(op.forward().q());
            long outStride = floatStride(op.forward().out());
            long dOutStride = floatStride(op.dOut());
            long q = qRows + first * qStride;
            long out = outRows + first * outStride;
            long dOut = dOutRows + first * dOutStride;
            long floats = block.queries * block.stride / 4;
            long p = mine.floats(2 * floats + 2 * block.stride / 4);
            long dScores = p + floats * 4;
            block.scores(q, qStride, kColumns, ScoreMath.alpha(layout), p);
            block.scores(dOut, dOutStride, vColumns, 1, dScores);
            for (int i = 0; i < block.queries; i++) {
                float delta = (float) RowMath.dot(dOut + i * dOutStride, out + i * outStride, d, mine.lanes);
                softmaxGradient(
                        layout,
                        block,
                        i,
                        head,
                        delta,
                        p + i * block.stride,
                        dScores + i * block.stride,
                        dScores + floats * 4,
                        mine);
            }
            block.spread(p, dOut, dOutStride, dV, keySumStride(op.dV()));
            block.spread(dScores, q, qStride, dK, keySumStride(op.dK()));
            DType dtype = op.dQ().dtype();
            long dQ = layout.queryAddress(Memory.anyFloats(op.dQ(), 0), dtype, segment, first, head);
            if (dtype == DType.F32) {
                block.mix(dScores, k, dQ, layout.queryStride(dtype));
            } else {
                block.mix(dScores, k, room, d * 4L);
                RowConversion.narrow(room, d * 4L, dtype, dQ, layout.queryStride(dtype), d, block.queries, mine);
            }
        }
    }

    /**
     * Products become probabilities and gradients of probabilities those of products, zero where nothing is seen.
     *
     * @param rest room for two more rows
     */
    static void softmaxGradient(
            HeadLayout layout,
            AttentionBlock block,
            int i,
            int head,
            float delta,
            long row,
            long dRow,
            long rest,
            Scratch mine) {
        int from = block.from(i);
        int count = block.to(i) - from;
        int behind = block.keys - from - count;
        // Whole vectors: rows have room for them, and what is behind becomes 0 below.
        int whole = Lanes.ceil(count);
        long seen = row + from * 4L;
        long dSeen = dRow + from * 4L;
        long slopes = rest + block.stride;
        float lse = Memory.get(layout.lse + (block.queryRow(i) * layout.heads + head) * 4);
        ScoreMath.finish(layout, seen, whole, rest, mine);
        if (layout.softCap != 0) {
            ScoreMath.slopes(seen, count, layout.softCap, slopes);
        }
        mine.exponentials.apply(seen, 1, -lse, whole, seen);
        RowMath.softmaxGradient(seen, delta, layout.scale, whole, dSeen);
        if (layout.softCap != 0) {
            ScoreMath.multiply(dSeen, slopes, count);
        }
        RowMath.fill(row, from, 0);
        RowMath.fill(dRow, from, 0);
        RowMath.fill(seen + count * 4L, behind, 0);
        RowMath.fill(dSeen + count * 4L, behind, 0);
    }
}
