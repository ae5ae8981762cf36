package dev.errata.pipeline.record;

/** One optimizer step: a line of {@code metrics.jsonl}. Steps count from 1; {@code gradNorm} is the norm before clipping. */
public record StepMetrics(
        int step, double loss, double gradNorm, double lr, long targetTokens, double tokensPerSecond) {}
