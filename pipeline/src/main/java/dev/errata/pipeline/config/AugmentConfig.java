package dev.errata.pipeline.config;

import dev.errata.train.binding.Default;
import dev.errata.train.binding.OneOf;
import dev.errata.train.binding.Range;
import dev.errata.train.binding.Required;

/**
 * Further solutions of the problems taken, which join the chain-of-thought rows where their answers are right.
 *
 * @param from who writes them: {@code model}, the run's own, or {@code openai}, the endpoint of {@code correct.openai}
 * @param samples how many of each problem are written
 * @param temperature at which they are
 * @param rows how many of those that are kept become training rows at most, which the seed chooses; null: all
 */
public record AugmentConfig(
        @Required @OneOf({"model", "openai"}) String from,
        @Default("4") @Range(min = 1, max = 1000) int samples,
        @Default("0.7") @Range(above = 0) double temperature,
        @Range(min = 1) Integer rows) {}
