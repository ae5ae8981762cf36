package dev.errata.train.config;

/** The learning rate over the steps; the rate of step k is what transformers gives for k − 1. */
public record ScheduleConfig(
        @Default("constant") @OneOf({"constant", "linear", "cosine"})
        String name,

        @Default("0") @Range(min = 0) int warmupSteps) {}
