package dev.errata.model.generate;

import java.util.List;

/**
 * What a request was answered with.
 *
 * @param prompt the log-probability of each token of the prompt but the first; empty unless the request wanted them
 * @param samples by their index
 */
public record GenerationResult(List<ScoredToken> prompt, List<Generated> samples) {}
