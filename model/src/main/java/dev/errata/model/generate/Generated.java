package dev.errata.model.generate;

import java.util.List;

/**
 * One sample: what was written after a prompt.
 *
 * @param ids the new tokens, the stopping one included
 * @param scores the log-probability of each, in the same order; empty unless the request wanted them
 */
public record Generated(int[] ids, Finish finish, List<ScoredToken> scores) {}
