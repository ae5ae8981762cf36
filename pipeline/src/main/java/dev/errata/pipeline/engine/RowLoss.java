package dev.errata.pipeline.engine;

/**
 * The loss of one training row.
 *
 * @param sum over its target tokens, in nats
 * @param targets how many these are, at least one
 */
public record RowLoss(double sum, long targets) {
    /** That of an average token. */
    public double mean() {
        return sum / targets;
    }
}
