package dev.errata.pipeline.record;

import java.util.SortedMap;

/**
 * The loss of the base and of each arm on the same worked solutions: {@code eval/solution_loss.json}.
 *
 * @param rows how many solutions: the first of the problems taken, at most {@link #MOST_ROWS}
 * @param arms the mean over their target tokens, in nats, by arm; an arm whose engine can't tell is left out
 */
public record SolutionLoss(int rows, SortedMap<String, Double> arms) {
    /** More would cost a large model minutes and change the mean little. */
    public static final int MOST_ROWS = 50;
}
