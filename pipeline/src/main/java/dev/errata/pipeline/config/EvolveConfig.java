package dev.errata.pipeline.config;

import dev.errata.train.binding.Default;
import dev.errata.train.binding.OneOf;
import dev.errata.train.binding.Range;
import dev.errata.train.binding.Required;

/**
 * New problems in the manner of those that were corrected.
 *
 * @param questions how many are drawn up; those without an answer that a majority gives are dropped
 * @param from who writes them: {@code openai}, the endpoint of {@code correct.openai}, or {@code local}, the model of
 *     {@code correct.local}
 * @param answers how many to each question are written, of which the most frequent counts
 * @param temperature at which questions and answers are written
 */
public record EvolveConfig(
        @Required @Range(min = 1) Integer questions,
        @Required @OneOf({"openai", "local"}) String from,
        @Default("3") @Range(min = 1, max = 100) int answers,
        @Default("0.7") @Range(above = 0) double temperature) {}
