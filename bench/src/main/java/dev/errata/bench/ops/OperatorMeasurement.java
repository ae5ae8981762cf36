package dev.errata.bench.ops;

import dev.errata.bench.measure.Spread;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Checks and times operators on one backend. */
public final class OperatorMeasurement {
    /** Operands of all instances of an operator take at most so much, whatever the caches. */
    private static final long MOST_BYTES = 512L << 20;

    private static final int MOST_INSTANCES = 256;

    private final Backend backend;
    /** Operators and formats that were measured before, so that their kernels are compiled. */
    private final Set<String> compiled = new HashSet<>();

    public OperatorMeasurement(Backend backend) {
        this.backend = backend;
    }

    /**
     * An operator that was made ready.
     *
     * @param difference of its result from the reference's, in words; null where there is none
     */
    public record Ready(Scope scope, List<Op> instances, String difference) implements AutoCloseable {
        @Override
        public void close() {
            scope.close();
        }
    }

    /** Makes as many instances as fill the caches twice, runs the first one once and compares its result. */
    public Ready prepare(OperatorBenchmark benchmark) {
        return prepare(benchmark, instances(benchmark.work()));
    }

    /** The same with so many instances. */
    Ready prepare(OperatorBenchmark benchmark, int count) {
        Scope scope = new Scope("benchmark", backend);
        try {
            Operands operands = Operands.whole(scope, OperatorCheck.rows(benchmark));
            List<Op> instances = new ArrayList<>();
            instances.add(benchmark.build().apply(operands));
            backend.run(instances.getFirst());
            String difference = OperatorCheck.difference(benchmark, operands).orElse(null);
            for (int i = 1; i < count; i++) {
                instances.add(benchmark.build().apply(Operands.whole(scope, 0)));
            }
            return new Ready(scope, instances, difference);
        } catch (RuntimeException e) {
            scope.close();
            throw e;
        }
    }

    private static int instances(Work work) {
        double enough = Math.min(MOST_BYTES, 2.0 * Caches.largestBytes());
        return (int) Math.clamp(Math.ceil(enough / Math.max(1, work.bytes())), 1, MOST_INSTANCES);
    }

    OperatorRow measure(OperatorBenchmark benchmark, Ceilings ceilings, double seconds) {
        try (Ready ready = prepare(benchmark)) {
            String kernel = benchmark.operator() + benchmark.shape().replaceAll("^.* ", " ");
            boolean isFirst = compiled.add(kernel);
            Spread time = new CallTimer(backend, ready.instances(), isFirst).secondsOfCall(seconds);
            return OperatorRow.of(benchmark, ceilings, time, ready.difference());
        }
    }
}
