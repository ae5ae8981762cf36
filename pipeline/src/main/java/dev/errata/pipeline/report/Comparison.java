package dev.errata.pipeline.report;

import dev.errata.pipeline.record.Evaluation;
import dev.errata.pipeline.record.Summary;
import java.util.List;
import java.util.Optional;

/**
 * One arm against another.
 *
 * @param difference accuracy of the first less that of the second, as a fraction
 * @param onlyFirst problems that only the first solves
 * @param onlySecond problems that only the second solves
 * @param p of the exact McNemar test; NaN where the two were not compared problem by problem
 */
record Comparison(String first, String second, double difference, int onlyFirst, int onlySecond, double p) {
    /** Below this p a difference counts as shown. */
    static final double LEVEL = 0.05;

    /** Empty where one of the two was not evaluated. LeMa against CoT takes the summary's own test where it has one. */
    static Optional<Comparison> of(ReportData data, String first, String second) {
        Summary.Arm one = data.arms().get(first);
        Summary.Arm other = data.arms().get(second);
        if (one == null || other == null || one.total() == 0 || other.total() == 0) {
            return Optional.empty();
        }
        double difference = (double) one.correct() / one.total() - (double) other.correct() / other.total();
        Summary.Paired paired = data.summary().paired();
        if (paired != null && first.equals(ArmName.LEMA) && second.equals(ArmName.COT)) {
            return Optional.of(
                    new Comparison(first, second, difference, paired.onlyLema(), paired.onlyCot(), paired.p()));
        }
        var counts = PairedCounts.of(evaluations(data, first), evaluations(data, second));
        double p = counts.total() == 0 ? Double.NaN : counts.p();
        return Optional.of(new Comparison(first, second, difference, counts.onlyFirst(), counts.onlySecond(), p));
    }

    private static List<Evaluation> evaluations(ReportData data, String arm) {
        return data.evaluations().getOrDefault(arm, List.of());
    }

    boolean tested() {
        return !Double.isNaN(p);
    }

    /** Whether the test tells the two apart. */
    boolean shown() {
        return p < LEVEL;
    }

    boolean firstIsBetter() {
        return difference > 0 || (difference == 0 && onlyFirst > onlySecond);
    }
}
