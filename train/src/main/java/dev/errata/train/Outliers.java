package dev.errata.train;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Finds steps whose loss or gradient norm lies far above those of the last steps: by z-scores, of the norm's logarithm as norms
 * differ by factors. Outliers themselves don't count among the steps that others are measured by.
 */
final class Outliers {
    /** Steps that others are measured by. */
    private static final int WINDOW = 64;
    /** Fewer say too little of how far steps differ. */
    private static final int LEAST = 16;
    /** Standard deviations above the mean; of 10⁹ normal numbers one lies so high. */
    private static final double FAR = 6;
    /** A window of equal values has no deviation; differences below this part of the mean are none. */
    private static final double ROUNDING = 1e-3;

    private final Deque<Double> losses = new ArrayDeque<>();
    private final Deque<Double> norms = new ArrayDeque<>();

    /** Which value of a step lies far above: {@code loss} or {@code grad_norm}; null for none. */
    String look(double loss, double gradNorm) {
        if (isFar(losses, loss)) {
            return "loss";
        }
        return isFar(norms, Math.log(gradNorm)) ? "grad_norm" : null;
    }

    /** Takes a step that was made, in this start or one before. */
    void add(StepRecord step) {
        if (step.outlier() == null) {
            add(losses, step.loss());
            add(norms, Math.log(step.gradNorm()));
        }
    }

    private static void add(Deque<Double> window, double value) {
        if (Double.isFinite(value)) {
            window.add(value);
        }
        if (window.size() > WINDOW) {
            window.remove();
        }
    }

    private static boolean isFar(Deque<Double> window, double value) {
        if (window.size() < LEAST) {
            return false;
        }
        double mean = window.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
        double squares = window.stream()
                .mapToDouble(each -> (each - mean) * (each - mean))
                .sum();
        double deviation = Math.max(Math.sqrt(squares / window.size()), ROUNDING * Math.max(1, Math.abs(mean)));
        return value > mean + FAR * deviation;
    }
}
