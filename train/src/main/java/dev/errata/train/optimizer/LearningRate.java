package dev.errata.train.optimizer;

/**
 * The rate of each step as transformers' schedules give it; step k has the rate that transformers gives for k − 1.
 *
 * @param name {@code constant}, {@code linear} or {@code cosine}, each after a linear warm-up
 * @param totalSteps all steps of the training
 */
public record LearningRate(String name, double peak, int warmupSteps, int totalSteps) {
    /**
     * @param step from 1
     */
    public double of(int step) {
        int done = step - 1;
        if (done < warmupSteps) {
            return peak * (done / (double) Math.max(1, warmupSteps));
        }
        double progress = (done - warmupSteps) / (double) Math.max(1, totalSteps - warmupSteps);
        return switch (name) {
            case "constant" -> peak;
            case "linear" -> peak * Math.max(0, (totalSteps - done) / (double) Math.max(1, totalSteps - warmupSteps));
            case "cosine" -> peak * Math.max(0, 0.5 * (1 + StrictMath.cos(Math.PI * progress)));
            default -> throw new IllegalArgumentException("no schedule " + name);
        };
    }
}
