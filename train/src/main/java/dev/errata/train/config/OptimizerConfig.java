package dev.errata.train.config;

/** The optimizer; {@code maxGradNorm} 0 means no clipping. */
public record OptimizerConfig(
        @Default("adamw") @OneOf({"adamw", "adamw8bit"}) String name,
        @Default("1.0e-3") @Range(min = 0) double learningRate,
        @Default("0.9") @Range(min = 0, max = 0.999999999) double beta1,
        @Default("0.999") @Range(min = 0, max = 0.999999999) double beta2,
        @Default("1.0e-8") @Range(above = 0) double eps,
        @Default("0.01") @Range(min = 0) double weightDecay,
        @Default("0.3") @Range(min = 0) double maxGradNorm,
        @Default("false") boolean paged,
        @Default("4096") @Range(min = 0) int min8bitSize) {}
