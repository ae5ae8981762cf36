package dev.errata.bench.replay;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.errata.train.StepRecord;
import java.util.List;

/**
 * What {@code replay --json} prints.
 *
 * @param sameAsRun whether loss and gradient norm are those that the run logged; null and left out where it logged none
 * @param outputs of every operator, in order; null and left out where two steps were compared
 * @param comparison null and left out where one step was looked at
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_NULL)
record ReplayResult(
        String run,
        int step,
        double loss,
        double gradNorm,
        Boolean sameAsRun,
        List<OutputRanges> outputs,
        Comparison comparison) {
    /**
     * Two steps beside each other.
     *
     * @param with the other run, device or type, in words
     * @param compared outputs
     * @param equal those with the same bits
     * @param unmatched the first output that has no partner, in words; null and left out where all have one
     * @param first the first that differs in a bit; null and left out where none does
     * @param firstBeyond the first that differs by more than the tolerance
     * @param largest the one that differs most, relatively
     */
    @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Comparison(
            String with,
            double loss,
            double gradNorm,
            int compared,
            int equal,
            String unmatched,
            double tolerance,
            OutputDifference first,
            OutputDifference firstBeyond,
            OutputDifference largest) {}

    static Boolean same(StepRecord made, StepRecord logged) {
        return logged == null ? null : made.loss() == logged.loss() && made.gradNorm() == logged.gradNorm();
    }
}
