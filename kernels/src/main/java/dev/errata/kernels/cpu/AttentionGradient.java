package dev.errata.kernels.cpu;

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
                scratch[worker].headGradient.run(op, layout, segment, keyHead);
            }
        });
    }

    private static void zero(Tensor tensor) {
        Memory.zero(Memory.anyFloats(tensor, tensor.elements()), tensor.bytes());
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
