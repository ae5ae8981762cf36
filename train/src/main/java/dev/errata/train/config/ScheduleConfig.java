package dev.errata.train.config;

import dev.errata.train.binding.Default;
import dev.errata.train.binding.OneOf;
import dev.errata.train.binding.Range;

/**
 * The learning rate over the steps; the rate of step k is what transformers gives for k − 1.
 *
 * @param name what follows the warm-up
 * @param warmupSteps steps in which the rate rises from 0
 */
public record ScheduleConfig(
        @Default("constant") @OneOf({"constant", "linear", "cosine"})
        String name,

        @Default("0") @Range(min = 0) int warmupSteps) {}
