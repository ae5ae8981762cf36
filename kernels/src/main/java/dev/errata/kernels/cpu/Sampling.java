package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.sampling.SampleRequest;
import dev.errata.tensor.sampling.SamplerSettings;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
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

    /** The first index of the largest element that is a number, of those outside {@code forbidden}. */
    private static int largest(long x, int count, int[] forbidden) {
        int best = 0;
        float most = Float.NEGATIVE_INFINITY;
        int from = 0;
        for (int gap = 0; gap <= forbidden.length; gap++) {
            int to = gap == forbidden.length ? count : forbidden[gap];
            float max = max(x, from, to);
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

    private static float max(long x, int from, int to) {
        FloatVector most = FloatVector.broadcast(Lanes.SPECIES, Float.NEGATIVE_INFINITY);
        int whole = from + Lanes.floor(Math.max(0, to - from));
        for (int i = from; i < whole; i += Lanes.COUNT) {
            FloatVector next = FloatVector.fromMemorySegment(Lanes.SPECIES, Memory.ALL, x + i * 4L, Lanes.ORDER);
            VectorMask<Float> larger = next.compare(VectorOperators.GT, most);
            most = most.blend(next, larger);
        }
        float max = Float.NEGATIVE_INFINITY;
        for (int lane = 0; lane < Lanes.COUNT; lane++) {
            max = most.lane(lane) > max ? most.lane(lane) : max;
        }
        for (int i = whole; i < to; i++) {
            float next = Memory.get(x + i * 4L);
            max = next > max ? next : max;
        }
        return max;
    }
}
