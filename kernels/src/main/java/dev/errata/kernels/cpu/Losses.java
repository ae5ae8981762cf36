package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;

/** Cross-entropy over the vocabulary and its gradient, one row by task, in pieces that stay in the cache. */
final class Losses {
    private static final int PIECE = 2048;

    private final Workers workers;
    private final Scratch[] scratch;

    Losses(Workers workers, Scratch[] scratch) {
        this.workers = workers;
        this.scratch = scratch;
    }

    void crossEntropy(Op.CrossEntropy op) {
        int rows = op.logits().rows();
        int vocabulary = op.logits().columns();
        long size = (long) rows * vocabulary;
        long logits = Memory.floats(op.logits(), size);
        long labels = Memory.address(op.labels(), DType.I32, rows);
        long losses = Memory.floats(op.losses(), rows);
        long dLogits = op.dLogits() == null ? 0 : Memory.floats(op.dLogits(), size);
        workers.parallelFor(rows, (n, worker) -> {
            int label = Memory.index(labels, n, vocabulary);
            long at = (long) n * vocabulary * 4;
            long to = op.dLogits() == null ? 0 : dLogits + at;
            Memory.set(losses + n * 4L, row(logits + at, label, vocabulary, to, op.scale(), scratch[worker]));
        });
    }

    /** The loss of one row; {@code dX}, if not 0, is where its gradient goes. */
    private static float row(long x, int label, int count, long dX, float scale, Scratch mine) {
        long e = mine.floats(PIECE + Lanes.COUNT);
        float max = RowMath.max(x, count, mine.lanes);
        double sum = 0;
        for (int i = 0; i < count; i += PIECE) {
            int length = Math.min(PIECE, count - i);
            VectorExp.apply(x + i * 4L, 1, -max, length, e);
            sum += RowMath.sum(e, length, mine.lanes);
        }
        float atLabel = Memory.get(x + label * 4L);
        if (dX != 0) {
            float share = (float) (scale / sum);
            for (int i = 0; i < count; i += PIECE) {
                int length = Math.min(PIECE, count - i);
                VectorExp.apply(x + i * 4L, 1, -max, length, e);
                RowMath.scale(e, length, share);
                Memory.copy(e, dX + i * 4L, length * 4L);
            }
            double p = StrictMath.exp((double) atLabel - max) / sum;
            Memory.set(dX + label * 4L, (float) (p - 1) * scale);
        }
        return (float) (max + StrictMath.log(sum) - atLabel);
    }
}
