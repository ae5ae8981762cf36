package dev.errata.kernels.cpu;

import static dev.errata.tensor.Op.SampleTokens.NO_TOKEN;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.sampling.SampleRequest;
import dev.errata.tensor.sampling.SamplerSettings;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Chooses tokens, one row by task. Greedy rows without a history are searched by whole vectors; the others go through
 * {@link Candidates}. The same tokens as the reference backend's, to the bit of the probabilities.
 */
final class Sampling {
    private final Workers workers;
    private final Candidates[] candidates;

    Sampling(Workers workers) {
        this.workers = workers;
        candidates = new Candidates[workers.count()];
        for (int i = 0; i < candidates.length; i++) {
            candidates[i] = new Candidates();
        }
    }

    void run(Op.SampleTokens op) {
        int rows = op.rows().size();
        int vocabulary = op.logits().columns();
        long logits = Memory.floats(op.logits(), (long) rows * vocabulary);
        long out = Memory.address(op.out(), DType.I32, rows);
        workers.parallelFor(rows, (row, worker) -> {
            long x = logits + (long) row * vocabulary * Float.BYTES;
            SampleRequest request = op.rows().get(row);
            SamplerSettings settings = request.settings();
            int token = settings.isGreedy() && !settings.needsHistory()
                    ? largest(x, vocabulary, request.forbidden())
                    : candidates[worker].choose(x, vocabulary, request);
            Memory.setInt(out + row * 4L, token);
        });
    }

    /** The first index of the largest element outside {@code forbidden}; none if one is NaN, or all are −∞. */
    private static int largest(long x, int count, int[] forbidden) {
        int best = NO_TOKEN;
        float most = Float.NEGATIVE_INFINITY;
        int from = 0;
        for (int gap = 0; gap <= forbidden.length; gap++) {
            int to = gap == forbidden.length ? count : forbidden[gap];
            float max = max(x, from, to);
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

    /** NaN if one is. */
    private static float max(long x, int from, int to) {
        FloatVector most = FloatVector.broadcast(Lanes.SPECIES, Float.NEGATIVE_INFINITY);
        int whole = from + Lanes.floor(Math.max(0, to - from));
        for (int i = from; i < whole; i += Lanes.COUNT) {
            most = most.max(FloatVector.fromMemorySegment(Lanes.SPECIES, Memory.ALL, x + i * 4L, Lanes.ORDER));
        }
        float max = most.reduceLanes(VectorOperators.MAX);
        for (int i = whole; i < to; i++) {
            max = Math.max(max, Memory.get(x + i * 4L));
        }
        return max;
    }
}
