package dev.errata.train;

import dev.errata.tensor.Backend;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The losses of a step's target tokens. They stay on the backend until all micro-batches are under way, and cross once, so
 * that nothing waits between a micro-batch and the next.
 */
final class StepLosses implements AutoCloseable {
    private final Backend backend;
    private final Scope scope;
    private final Tensor losses;
    private final List<Integer> counts = new ArrayList<>();
    private int filled;

    /**
     * @param targets of all micro-batches
     */
    StepLosses(Backend backend, int targets) {
        this.backend = backend;
        scope = new Scope("step", backend);
        losses = scope.f32("losses", targets, 1);
    }

    /** Where the losses of the next micro-batch go, F32 [count, 1]. */
    Tensor next(int count) {
        Tensor part = losses.rowRange(filled, count);
        counts.add(count);
        filled += count;
        return part;
    }

    /** The sum of all losses, those of a micro-batch first; waits for them. */
    double sum() {
        float[] host = new float[(int) losses.elements()];
        backend.download(losses, MemorySegment.ofArray(host));
        double sum = 0;
        int at = 0;
        for (int count : counts) {
            double part = 0;
            for (int end = at + count; at < end; at++) {
                part += host[at];
            }
            sum += part;
        }
        return sum;
    }

    @Override
    public void close() {
        scope.close();
    }
}
