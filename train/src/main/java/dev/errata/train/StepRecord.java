package dev.errata.train;

/**
 * One optimizer step: a line of metrics.jsonl.
 *
 * @param step from 1
 * @param loss mean over the target tokens of the step
 * @param gradNorm before clipping
 * @param lr the learning rate
 */
public record StepRecord(
        int step, double loss, double gradNorm, double lr, long targetTokens, double tokensPerSecond) {}
