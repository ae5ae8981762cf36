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
        Elements logits = Elements.of(op.logits(), size);
        long labels = Memory.address(op.labels(), DType.I32, rows);
        long losses = Memory.floats(op.losses(), rows);
        Elements dLogits = op.dLogits() == null ? null : Elements.of(op.dLogits(), size);
        workers.parallelFor(rows, (n, worker) -> {
            Scratch mine = scratch[worker];
            int label = Memory.index(labels, n, vocabulary);
            long first = (long) n * vocabulary;
            float max = max(logits, first, vocabulary, mine);
            double sum = sumOfExponentials(logits, first, vocabulary, max, mine);
            float atLabel = Memory.get(logits.read(first + label, 1, mine.floats(1), mine));
            if (dLogits != null) {
                exponentials(logits, first, vocabulary, max, (float) (op.scale() / sum), mine, dLogits);
                float p = (float) (StrictMath.exp((double) atLabel - max) / sum - 1);
                long room = mine.floats(1);
                Memory.set(room, p * op.scale());
                dLogits.store(room, first + label, 1, mine);
            }
            Memory.set(losses + n * 4L, (float) (max + StrictMath.log(sum) - atLabel));
        });
    }

    private static float max(Elements x, long first, int count, Scratch mine) {
        long room = mine.floats(PIECE);
        float max = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < count; i += PIECE) {
            int length = Math.min(PIECE, count - i);
            max = Math.max(max, RowMath.max(x.read(first + i, length, room, mine), length, mine.lanes));
        }
        return max;
    }

    private static double sumOfExponentials(Elements x, long first, int count, float max, Scratch mine) {
        long room = mine.floats(PIECE + Lanes.COUNT);
        double sum = 0;
        for (int i = 0; i < count; i += PIECE) {
            int length = Math.min(PIECE, count - i);
            mine.exponentials.apply(x.read(first + i, length, room, mine), 1, -max, length, room);
            sum += RowMath.sum(room, length, mine.lanes);
        }
        return sum;
    }

    /** out = factor · exp(x − max). */
    private static void exponentials(
            Elements x, long first, int count, float max, float factor, Scratch mine, Elements out) {
        long room = mine.floats(PIECE + Lanes.COUNT);
        for (int i = 0; i < count; i += PIECE) {
            int length = Math.min(PIECE, count - i);
            mine.exponentials.apply(x.read(first + i, length, room, mine), 1, -max, length, room);
            RowMath.scale(room, length, factor);
            out.store(room, first + i, length, mine);
        }
    }
}
