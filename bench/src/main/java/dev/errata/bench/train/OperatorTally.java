package dev.errata.bench.train;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;

/** What one kind of work added up to. */
final class OperatorTally {
    private final String name;
    private long calls;
    private long nanos;
    private long heapBytes;
    private double operations;

    OperatorTally(String name) {
        this.name = name;
    }

    void add(long moreNanos, long moreHeapBytes, double moreOperations) {
        calls++;
        nanos += moreNanos;
        heapBytes += moreHeapBytes;
        operations += moreOperations;
    }

    long nanos() {
        return nanos;
    }

    long heapBytes() {
        return heapBytes;
    }

    /**
     * The work's part in a step.
     *
     * @param seconds a step
     * @param share of the step's time
     * @param calls a step
     * @param heapBytes a step, allocated while it ran, by whatever thread
     * @param gflops products alone, else null
     */
    @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
    record Row(String name, double seconds, double share, double calls, long heapBytes, Double gflops) {}

    /** The mean of so many steps, which took so long together. */
    Row row(int steps, long stepNanos) {
        return new Row(
                name,
                nanos / 1e9 / steps,
                (double) nanos / stepNanos,
                (double) calls / steps,
                heapBytes / steps,
                operations == 0 ? null : operations / nanos);
    }
}
