package dev.errata.pipeline.record;

import java.util.SortedMap;

/**
 * How much likelier the base and each arm find the right path than the wrong one (ΔPPL; Figure 11 of arXiv 2310.20689):
 * {@code eval/path_perplexity.json}.
 *
 * @param corrections how many kept corrections, evenly chosen of all, at most {@link #MOST_CORRECTIONS}
 * @param arms by name; an arm whose engine can't tell is left out
 */
public record PathPerplexity(int corrections, SortedMap<String, Arm> arms) {
    /** More would cost a large model minutes and change the mean little. */
    public static final int MOST_CORRECTIONS = 50;

    /**
     * Means over the corrections of the perplexity of a path, given the question, both paths in the form of
     * chain-of-thought rows.
     *
     * @param wrong of the wrong path
     * @param right of the solution that the correction makes of it
     * @param difference wrong less right, the mean over the corrections
     * @param medianDifference the same, the median: a single path may have a perplexity above all others
     */
    public record Arm(double wrong, double right, double difference, double medianDifference) {}
}
