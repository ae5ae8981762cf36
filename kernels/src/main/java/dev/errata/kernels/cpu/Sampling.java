package dev.errata.kernels.cpu;

import static dev.errata.tensor.Op.SampleTokens.NO_TOKEN;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;

/**
 * Chooses tokens, one row by task. Greedy rows without a history are searched by whole vectors; the others go through
 * {@link Candidates}. The same tokens as the reference backend's, to the bit of the probabilities.
 */
final class Sampling {
    private final Workers workers;
    private final Candidates[] candidates;
    private final SlotRules[] rules;

    Sampling(Workers workers, Scratch[] scratch) {
        this.workers = workers;
        candidates = new Candidates[workers.count()];
        rules = new SlotRules[workers.count()];
        for (int i = 0; i < candidates.length; i++) {
            candidates[i] = new Candidates(scratch[i]);
            rules[i] = new SlotRules();
        }
    }

    void run(Op.SampleTokens op) {
        int rows = Math.toIntExact(op.slots().elements());
        int vocabulary = op.logits().columns();
        long logits = Memory.floats(op.logits(), (long) rows * vocabulary);
        long slots = Memory.address(op.slots(), DType.I32, rows);
        long out = Memory.address(op.out(), DType.I32, rows);
        for (SlotRules each : rules) {
            each.of(op);
        }
        workers.parallelFor(rows, (row, worker) -> {
            SlotRules slot = rules[worker];
            slot.read(Memory.index(slots, row, op.history().slots()));
            long x = logits + (long) row * vocabulary * Float.BYTES;
            int token = NO_TOKEN;
            if (slot.hasRoom()) {
                token = slot.isGreedy() && !slot.needsHistory()
                        ? largest(x, vocabulary, slot)
                        : candidates[worker].choose(x, vocabulary, slot);
            }
            Memory.setInt(out + row * 4L, token);
            if (token != NO_TOKEN) {
                slot.append(token);
            }
        });
    }

    /** The first index of the largest element that isn't forbidden; none if one is NaN, or all are −∞. */
    private static int largest(long x, int count, SlotRules rules) {
        int best = NO_TOKEN;
        float most = Float.NEGATIVE_INFINITY;
        int from = 0;
        int gaps = rules.forbidden();
        for (int gap = 0; gap <= gaps; gap++) {
            int to = gap == gaps ? count : rules.forbidden(gap, count);
            float max = VocabularyMath.max(x, from, to);
            if (Float.isNaN(max) || (to < count && Float.isNaN(Memory.get(x + to * 4L)))) {
                return NO_TOKEN;
            }
            if (max > most) {
                most = max;
                best = from;
                while (Memory.get(x + best * 4L) != max) {
                    best++;
                }
            }
            from = to + 1;
        }
        return best;
    }
}
