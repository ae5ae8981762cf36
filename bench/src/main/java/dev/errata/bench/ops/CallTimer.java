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

    /** Warming up goes on until calls of such a window are no faster than those of the one before. */
    private static final double WINDOW_SECONDS = 0.1;

    private static final double FASTER = 0.9;
    /** Compiling takes a while before anything is faster: that many times what is measured. */
    private static final double COMPILING = 5;

    private final Backend backend;
    private final List<Op> instances;
    private final boolean isFirst;
    private int next;

    /**
     * @param isFirst whether its kernels may not be compiled yet
     */
    CallTimer(Backend backend, List<Op> instances, boolean isFirst) {
        this.backend = backend;
        this.instances = instances;
        this.isFirst = isFirst;
    }

    /**
     * Seconds of a call, over samples that take so long together, after warming up.
     *
     * @throws IllegalStateException if the backend is asynchronous
     */
    Spread secondsOfCall(double seconds) {
        if (backend.isAsynchronous()) {
            throw new IllegalStateException("calls of " + backend.name() + " return before they are done");
        }
        double last = warmUp(Math.min(seconds, WINDOW_SECONDS), isFirst ? COMPILING * seconds : 0);
        int calls = Math.max(1, (int) Math.round(SAMPLE_SECONDS / last));
        List<Double> samples = new ArrayList<>();
        long end = System.nanoTime() + (long) (seconds * 1e9);
        while (samples.size() < FEWEST_SAMPLES || System.nanoTime() < end) {
            samples.add(sample(calls));
        }
        return Spread.of(samples.stream().mapToDouble(Double::doubleValue).toArray());
    }

    /** Seconds of a call in the last window. */
    private double warmUp(double window, double least) {
        long begun = System.nanoTime();
        double before = Double.MAX_VALUE;
        double now = window(window);
        while (now < FASTER * before || System.nanoTime() - begun < least * 1e9) {
            before = now;
            now = window(window);
        }
        return now;
    }

    private double window(double seconds) {
        long begun = System.nanoTime();
        int calls = 0;
        do {
            sample(1);
            calls++;
        } while (System.nanoTime() - begun < seconds * 1e9);
        return (System.nanoTime() - begun) / 1e9 / calls;
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
