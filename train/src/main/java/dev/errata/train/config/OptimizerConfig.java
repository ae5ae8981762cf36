package dev.errata.train.config;

import dev.errata.train.binding.Default;
import dev.errata.train.binding.OneOf;
import dev.errata.train.binding.Range;

/**
 * The optimizer. What a name doesn't use is no error, so that a config can be run under another by that key alone.
 *
 * @param name {@code adamw8bit} keeps its moments in 8 bits
 * @param learningRate left out it is 2.0e-4 for adapters and 1.0e-5 for all weights, a fifth of that with {@code lion}
 * @param beta1 the decay of the first moment
 * @param beta2 where a config leaves it out 0.999, and 0.99 for {@code lion}
 * @param eps with {@code adamw} and {@code adamw8bit}
 * @param weightDecay times the learning rate, off each value at each step
 * @param maxGradNorm 0 means no clipping
 * @param paged moments beyond {@code pageBudgetMb} lie in a file of the output folder and stream through memory
 * @param pageBudgetMb what paged moments may hold in memory at a time, in MiB
 * @param min8bitSize with {@code adamw8bit}, tensors of fewer elements keep 32-bit moments
 */
public record OptimizerConfig(
        @Default("adamw") @OneOf({"adamw", "adamw8bit", "lion"})
        String name,

        @Range(min = 0) Double learningRate,
        @Default("0.9") @Range(min = 0, max = 0.999999999) double beta1,
        @Range(min = 0, max = 0.999999999) Double beta2,
        @Default("1.0e-8") @Range(above = 0) double eps,
        @Default("0.01") @Range(min = 0) double weightDecay,
        @Default("0.3") @Range(min = 0) double maxGradNorm,
        @Default("false") boolean paged,
        @Default("256") @Range(min = 1) int pageBudgetMb,
        @Default("4096") @Range(min = 0) int min8bitSize) {
    /** Of AdamW's rate: the sign of a step is longer than AdamW's steps are, 3 to 10 times as its authors found. */
    private static final double LION_RATE = 0.2;

    /** Fills in what a config leaves out. */
    public OptimizerConfig {
        if (beta2 == null) {
            beta2 = name.equals("lion") ? 0.99 : 0.999;
        }
    }

    /** With the rate to use where a config leaves it out, given the one for AdamW. */
    OptimizerConfig withLearningRate(double adamW) {
        double rate = name.equals("lion") ? LION_RATE * adamW : adamW;
        return new OptimizerConfig(
                name, rate, beta1, beta2, eps, weightDecay, maxGradNorm, paged, pageBudgetMb, min8bitSize);
    }
}
