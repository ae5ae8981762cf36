package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;

/**
 * The gradient of attention for one key head of one sequence. What isn't F32 is widened, and its sums are narrowed once, at the end.
 *
 * <p>A worker has one, for one head after another.
 */
final class HeadGradient {
    private final Scratch mine;
    private Op.AttentionBackward op;
    private HeadLayout layout;
    private int segment;
    private int keyHead;
    private int d;
    private int queries;
    private int keys;

    /** The next free place of the room for what is widened. */
    private long room;

    HeadGradient(Scratch mine) {
        this.mine = mine;
    }

    void run(Op.AttentionBackward of, HeadLayout heads, int ofSegment, int ofHead) {
        op = of;
        layout = heads;
        segment = ofSegment;
        keyHead = ofHead;
        d = heads.headDim;
        queries = heads.queries(segment);
        keys = heads.keys(segment);
        room = mine.queries.floats(roomFloats());
        PackedRows k = packed(layout.k, mine.packedKeys);
        long panels = TurnedRows.floats(keys, d);
        long turned = mine.turned.floats(2 * panels);
        TurnedRows kColumns = mine.turnedKeys.of(k, 0, keys, turned, mine);
        TurnedRows vColumns =
                mine.turnedValues.of(packed(layout.v, mine.packedValues), 0, keys, turned + panels * 4, mine);
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
        op = null; // what is kept would keep its tensors
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

    private PackedRows packed(long base, PackedRows rows) {
        long address = layout.keyAddress(base, layout.keyType, segment, keyHead);
        long stride = layout.keyStride(layout.keyType);
        if (layout.keyType == DType.F32) {
            return rows.of(address, stride, DType.F32, d);
        }
        long wide = take(keys);
        RowConversion.widen(layout.keyType, address, stride, d, keys, wide, mine);
        return rows.of(wide, d * 4L, DType.F32, d);
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
            float delta = (float) mine.rowsOfF32.dot(dOut + i * dOutStride, out + i * outStride, d);
            AttentionGradient.softmaxGradient(
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
