package dev.errata.bench.trace;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.errata.bench.measure.MachineName;
import dev.errata.bench.ops.Ceilings;
import dev.errata.train.MemoryPlan;
import dev.errata.train.StepRecord;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What {@code trace --json} prints, and {@code summary.json} beside the page.
 *
 * @param config the config's or the run's path
 * @param seconds the step's, watched
 * @param sameAsRun whether loss and gradient norm are those that the run logged, bit for bit; null and left out where it logged none
 * @param memory bytes by kind at the moment with the most, and planned ones
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_NULL)
record TraceSummary(
        String config,
        String machine,
        String device,
        int threads,
        int step,
        double loss,
        double gradNorm,
        Boolean sameAsRun,
        long tokens,
        double seconds,
        Ceilings ceilings,
        List<OperatorLine> operators,
        List<OperatorLine> layers,
        Memory memory,
        List<KeptTensor> kept) {
    /**
     * Bytes.
     *
     * @param peak by kind, when most is live
     * @param keptForBackward activations that are kept when gradients begin
     */
    @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
    record Memory(
            long peakBytes,
            double peakAtSeconds,
            Map<String, Long> peak,
            long keptForBackward,
            MemoryPlan.Bytes planned) {}

    static TraceSummary of(
            String config,
            StepTrace trace,
            StepRecord record,
            StepRecord logged,
            long tokens,
            Ceilings ceilings,
            MemoryPlan plan) {
        StepTrace.Moment peak = trace.peak();
        Map<String, Long> kinds = new LinkedHashMap<>();
        new EnumMap<>(peak.bytes()).forEach((kind, bytes) -> kinds.put(kind.key(), bytes));
        List<KeptTensor> kept = KeptTensor.of(trace);
        return new TraceSummary(
                config,
                MachineName.ofThisMachine(),
                trace.device(),
                trace.threads(),
                record.step(),
                record.loss(),
                record.gradNorm(),
                logged == null ? null : logged.loss() == record.loss() && logged.gradNorm() == record.gradNorm(),
                tokens,
                trace.nanos() / 1e9,
                ceilings,
                OperatorLine.of(trace, ceilings, OperatorLine.Key::byOperator),
                OperatorLine.of(trace, ceilings, OperatorLine.Key::byPlace),
                new Memory(
                        peak.total(),
                        peak.nanos() / 1e9,
                        kinds,
                        kept.stream().mapToLong(KeptTensor::bytes).sum(),
                        plan.bytes()),
                kept);
    }
}
