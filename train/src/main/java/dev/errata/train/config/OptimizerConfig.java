package dev.errata.train.config;

/**
 * The optimizer.
 *
 * @param learningRate null where a config leaves it out; {@link TrainSettings} then fills it in
 * @param maxGradNorm 0 means no clipping
 * @param paged moments beyond {@code pageBudgetMb} lie in a file of the output folder and stream through memory
 * @param pageBudgetMb what paged moments may hold in memory at a time, in MiB
 * @param min8bitSize with {@code adamw8bit}, tensors of fewer elements keep 32-bit moments
 */
public record OptimizerConfig(
        @Default("adamw") @OneOf({"adamw", "adamw8bit"}) String name,
        @Range(min = 0) Double learningRate,
        @Default("0.9") @Range(min = 0, max = 0.999999999) double beta1,
        @Default("0.999") @Range(min = 0, max = 0.999999999) double beta2,
        @Default("1.0e-8") @Range(above = 0) double eps,
        @Default("0.01") @Range(min = 0) double weightDecay,
        @Default("0.3") @Range(min = 0) double maxGradNorm,
        @Default("false") boolean paged,
        @Default("256") @Range(min = 1) int pageBudgetMb,
        @Default("4096") @Range(min = 0) int min8bitSize) {
    OptimizerConfig withLearningRate(double rate) {
        return new OptimizerConfig(
                name, rate, beta1, beta2, eps, weightDecay, maxGradNorm, paged, pageBudgetMb, min8bitSize);
    }
}
