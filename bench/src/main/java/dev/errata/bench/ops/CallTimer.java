package dev.errata.bench.ops;

import dev.errata.bench.measure.Spread;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Op;
import java.util.ArrayList;
import java.util.List;

/**
 * Times an operator: its instances, each with operands of its own, are run in turn, so that operands come from memory where all
 * of them together fit into no cache.
 */
final class CallTimer {
    /** A sample is as many calls as take about so long, so that the clock's own grain doesn't count. */
    private static final double SAMPLE_SECONDS = 2e-3;

    private static final int FEWEST_SAMPLES = 5;

    private final Backend backend;
    private final List<Op> instances;
    private int next;

    CallTimer(Backend backend, List<Op> instances) {
        this.backend = backend;
        this.instances = instances;
    }

    /**
     * Seconds of a call, over samples that take so long together, after half as long of warming up.
     *
     * @throws IllegalStateException if the backend is asynchronous
     */
    Spread secondsOfCall(double seconds) {
        if (backend.isAsynchronous()) {
            throw new IllegalStateException("calls of " + backend.name() + " return before they are done");
        }
        long warmed = System.nanoTime() + (long) (seconds / 2 * 1e9);
        int warmups = 0;
        double last = 0;
        do {
            last = sample(1);
            warmups++;
        } while (warmups < 3 || System.nanoTime() < warmed);
        int calls = Math.max(1, (int) Math.round(SAMPLE_SECONDS / last));
        List<Double> samples = new ArrayList<>();
        long end = System.nanoTime() + (long) (seconds * 1e9);
        while (samples.size() < FEWEST_SAMPLES || System.nanoTime() < end) {
            samples.add(sample(calls));
        }
        return Spread.of(samples.stream().mapToDouble(Double::doubleValue).toArray());
    }

    private double sample(int calls) {
        long begun = System.nanoTime();
        for (int i = 0; i < calls; i++) {
            backend.run(instances.get(next));
            next = next + 1 == instances.size() ? 0 : next + 1;
        }
        return (System.nanoTime() - begun) / 1e9 / calls;
    }
}
