package dev.errata.model.generate;

import java.util.List;

/**
 * A token and how likely it was.
 *
 * @param logProbability natural logarithm, given the tokens before; at most 0
 * @param rivals the likeliest tokens in its place, the likeliest first and of equals the lowest id; it may be among them
 */
public record ScoredToken(int id, double logProbability, List<Rival> rivals) {
    /** One of the likeliest tokens. */
    public record Rival(int id, double logProbability) {}
}
