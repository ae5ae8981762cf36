package dev.errata.bench.ops;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.errata.bench.measure.Spread;
import java.util.function.IntConsumer;

/**
 * What the machine gives to so many threads at most.
 *
 * @param gflops fused multiply-adds of f32 in registers, counted as two operations
 * @param gbytesPerSecond of reading memory that fits into no cache
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record Ceilings(int threads, Spread gflops, Spread gbytesPerSecond) {
    private static final int REPEATS = 9;

    /** Measures both, in about two seconds. */
    public static Ceilings measure(int threads) {
        Spread gflops = rates(threads, FmaLoop.operations(), thread -> FmaLoop.run());
        try (ReadLoop reads = new ReadLoop(threads)) {
            Spread gbytes = rates(threads, (double) reads.bytesOfThread(), reads::run);
            return new Ceilings(threads, gflops, gbytes);
        }
    }

    /** The least time that some work takes. */
    public double seconds(Work work) {
        return Math.max(arithmeticSeconds(work), memorySeconds(work));
    }

    /** Whether its arithmetic is what bounds some work. */
    boolean isArithmetic(Work work) {
        return arithmeticSeconds(work) >= memorySeconds(work);
    }

    private double arithmeticSeconds(Work work) {
        return work.operations() / (gflops.median() * 1e9);
    }

    private double memorySeconds(Work work) {
        return work.bytes() / (gbytesPerSecond.median() * 1e9);
    }

    /** Billions a second of all threads together, each of which does {@code amount} at once with the others. */
    private static Spread rates(int threads, double amount, IntConsumer work) {
        double[] rates = new double[REPEATS];
        try (ThreadTeam team = new ThreadTeam(threads)) {
            for (int warmup = 0; warmup < 3; warmup++) {
                team.run(work);
            }
            for (int i = 0; i < REPEATS; i++) {
                long begun = System.nanoTime();
                team.run(work);
                rates[i] = threads * amount / (System.nanoTime() - begun);
            }
        }
        return Spread.of(rates);
    }
}
