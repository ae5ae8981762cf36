package dev.errata.bench.ops;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.errata.bench.measure.Spread;

/**
 * How fast an operator is.
 *
 * @param gflops where its arithmetic bounds it; null and left out else
 * @param gbytesPerSecond of operands, each counted once, where memory bounds it; null and left out else
 * @param fraction of the least time that the machine's limits allow; above 1 where operands stayed in caches
 * @param limit which of them that is: {@code memory}, {@code f32} for fused multiply-adds, or a unit of the processor
 * @param microseconds of a call
 * @param difference from the reference backend's result, in words; null and left out where there is none
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_NULL)
record OperatorRow(
        String operator,
        String shape,
        int threads,
        Double gflops,
        Double gbytesPerSecond,
        double fraction,
        String limit,
        Spread microseconds,
        String difference) {
    static OperatorRow of(OperatorBenchmark benchmark, Ceilings ceilings, Spread seconds, String difference) {
        Work work = benchmark.work();
        boolean arithmetic = ceilings.isArithmetic(work);
        return new OperatorRow(
                benchmark.operator(),
                benchmark.shape(),
                ceilings.threads(),
                arithmetic ? work.operations() / seconds.median() / 1e9 : null,
                arithmetic ? null : work.bytes() / seconds.median() / 1e9,
                ceilings.seconds(work) / seconds.median(),
                ceilings.limit(work),
                new Spread(1e6 * seconds.median(), 1e6 * seconds.min(), 1e6 * seconds.max()),
                difference);
    }
}
