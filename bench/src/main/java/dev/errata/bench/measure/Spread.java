package dev.errata.bench.measure;

import java.util.Arrays;
import java.util.Locale;

/** The median of some measured values, and the least and the greatest of them. */
public record Spread(double median, double min, double max) {
    /**
     * @throws IllegalArgumentException if there are none
     */
    public static Spread of(double... values) {
        if (values.length == 0) {
            throw new IllegalArgumentException("no value was measured");
        }
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int half = sorted.length / 2;
        double median = sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
        return new Spread(median, sorted[0], sorted[sorted.length - 1]);
    }

    /** The median with three digits or more, as {@code 4.61} and {@code 1234}. */
    public String shownMedian() {
        return shown(median);
    }

    /** The least and the greatest, as {@code 4.58-4.70}. */
    public String shownRange() {
        return shown(min) + "-" + shown(max);
    }

    /** A number with three digits or more. */
    public static String shown(double value) {
        double size = Math.abs(value);
        return String.format(Locale.ROOT, size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : "%.2f", value);
    }
}
