package dev.errata.pipeline.cli.model;

/**
 * One output row of {@code score}.
 *
 * @param loss mean over the row's target tokens, or null where it has none
 * @param logprobs of each id given those before it; null where there is none before it or it is masked
 */
record RowScores(Double loss, Double[] logprobs) {}
