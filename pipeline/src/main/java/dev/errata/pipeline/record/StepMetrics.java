package dev.errata.pipeline.record;

/**
 * One optimizer step: a line of {@code metrics.jsonl}. Steps count from 1.
 *
 * @param loss mean over the step's target tokens, in nats
 * @param gradNorm the norm before clipping
 * @param validationLoss mean over the validation rows' target tokens after this step; null where it was not measured
 */
public record StepMetrics(
        int step,
        double loss,
        double gradNorm,
        double lr,
        long targetTokens,
        double tokensPerSecond,
        Double validationLoss) {
    /** A step after which no validation was made. */
    public StepMetrics(int step, double loss, double gradNorm, double lr, long targetTokens, double tokensPerSecond) {
        this(step, loss, gradNorm, lr, targetTokens, tokensPerSecond, null);
    }
}
