package dev.errata.train;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * One optimizer step: a line of metrics.jsonl.
 *
 * @param step from 1
 * @param loss mean over the target tokens of the step
 * @param gradNorm before clipping
 * @param lr the learning rate
 * @param targetTokens trained tokens of the step
 * @param tokensPerSecond all tokens of the step over its time; the one field that differs from run to run
 * @param validationLoss mean over the target tokens of the validation rows after this step; null, and left out of the
 *     line, where it wasn't measured
 * @param outlier {@code loss} or {@code grad_norm}, where that lies far above the steps before; null, and left out, elsewhere
 * @param skipped true where such a step changed nothing; null, and left out, elsewhere
 */
public record StepRecord(
        int step,
        double loss,
        double gradNorm,
        double lr,
        long targetTokens,
        double tokensPerSecond,
        @JsonInclude(JsonInclude.Include.NON_NULL) Double validationLoss,
        @JsonInclude(JsonInclude.Include.NON_NULL) String outlier,
        @JsonInclude(JsonInclude.Include.NON_NULL) Boolean skipped) {
    /** A step like those before it. */
    public StepRecord(
            int step,
            double loss,
            double gradNorm,
            double lr,
            long targetTokens,
            double tokensPerSecond,
            Double validationLoss) {
        this(step, loss, gradNorm, lr, targetTokens, tokensPerSecond, validationLoss, null, null);
    }

    StepRecord withValidationLoss(double measured) {
        return new StepRecord(step, loss, gradNorm, lr, targetTokens, tokensPerSecond, measured, outlier, skipped);
    }
}
