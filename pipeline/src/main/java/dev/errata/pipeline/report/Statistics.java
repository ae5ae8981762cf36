package dev.errata.pipeline.report;

/** Intervals and tests for accuracies. */
public final class Statistics {
    /** The 97.5 % point of the normal distribution. */
    private static final double Z = 1.959963984540054;

    private Statistics() {}

    /** A proportion's interval, both ends within 0 to 1. */
    public record Interval(double low, double high) {}

    /** Wilson's 95 % score interval (1927) of {@code correct} out of {@code total}; 0 to 1 when nothing was counted. */
    public static Interval wilson(int correct, int total) {
        if (total == 0) {
            return new Interval(0, 1);
        }
        double share = (double) correct / total;
        double scale = 1 + Z * Z / total;
        double middle = (share + Z * Z / (2.0 * total)) / scale;
        double half = Z * Math.sqrt(share * (1 - share) / total + Z * Z / (4.0 * total * total)) / scale;
        // At 0 and all correct an end is 0 or 1 exactly; rounding must not move it.
        double low = correct == 0 ? 0 : Math.max(0, middle - half);
        double high = correct == total ? 1 : Math.min(1, middle + half);
        return new Interval(low, high);
    }

    /**
     * The two-sided p of the exact McNemar test: how likely a split at least as uneven is if both arms were as good.
     *
     * @param onlyFirst problems that only the first arm solves
     * @param onlySecond problems that only the second arm solves
     */
    public static double mcNemar(int onlyFirst, int onlySecond) {
        int total = onlyFirst + onlySecond;
        int fewer = Math.min(onlyFirst, onlySecond);
        double logTerm = -total * Math.log(2);
        double tail = 0;
        for (int k = 0; k <= fewer; k++) {
            tail += Math.exp(logTerm);
            logTerm += Math.log(total - k) - Math.log(k + 1);
        }
        return Math.min(1, 2 * tail);
    }
}
