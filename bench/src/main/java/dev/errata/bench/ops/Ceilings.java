package dev.errata.bench.ops;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.errata.bench.measure.Spread;
import dev.errata.kernels.machine.ProcessorUnit;
import dev.errata.tensor.BackendProvider;
import dev.errata.tensor.ggml.GgmlType;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * What the machine gives to so many threads at most.
 *
 * @param gflops fused multiply-adds of f32 in registers, counted as two operations
 * @param gbytesPerSecond of reading memory that fits into no cache
 * @param bf16 of the unit that multiplies bf16; null where f32 does it
 * @param int8 the same of rows of 8 bits
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record Ceilings(int threads, Spread gflops, Spread gbytesPerSecond, Peak bf16, Peak int8) {
    private static final int REPEATS = 9;
    private static final String MEMORY = "memory";
    private static final String F32 = "f32";

    /**
     * What a unit of the processor gives.
     *
     * @param unit its name
     * @param gflops products in registers, added up: two operations each
     */
    public record Peak(String unit, Spread gflops) {
        private static Peak measure(String unit, int threads) {
            try (UnitLoop loop = new UnitLoop(ProcessorUnit.named(unit))) {
                return new Peak(unit, rates(threads, loop.operations(), thread -> loop.run()));
            }
        }

        /** That of the fastest of some units, or null. */
        private static Peak fastest(List<String> units, int threads) {
            return units.stream()
                    .map(unit -> measure(unit, threads))
                    .max(Comparator.comparingDouble(peak -> peak.gflops.median()))
                    .orElse(null);
        }
    }

    /** Measures arithmetic of f32 and memory, in about two seconds, and the units that a backend uses. */
    public static Ceilings measure(int threads, BackendProvider backend) {
        Spread gflops = rates(threads, FmaLoop.operations(), thread -> FmaLoop.run());
        try (ReadLoop reads = new ReadLoop(threads)) {
            Spread gbytes = rates(threads, (double) reads.bytesOfThread(), reads::run);
            return new Ceilings(
                    threads,
                    gflops,
                    gbytes,
                    Peak.fastest(backend.bf16Units(), threads),
                    Peak.fastest(backend.int8Units(GgmlType.Q8_0), threads));
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

    /** What bounds some work: memory, f32, or the unit that multiplies its numbers. */
    String limit(Work work) {
        Peak peak = peak(work);
        return !isArithmetic(work) ? MEMORY : peak == null ? F32 : peak.unit;
    }

    /** Null for f32. */
    private Peak peak(Work work) {
        return switch (work.arithmetic()) {
            case F32 -> null;
            case BF16 -> bf16;
            case INT8 -> int8;
        };
    }

    private double arithmeticSeconds(Work work) {
        Peak peak = peak(work);
        return work.operations() / ((peak == null ? gflops : peak.gflops).median() * 1e9);
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
