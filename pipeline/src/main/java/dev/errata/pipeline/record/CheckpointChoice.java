package dev.errata.pipeline.record;

import java.util.List;

/**
 * The choice among an arm's checkpoints: the one of most right answers, of equals the earliest. {@code choose/choices.json}
 * has one for each arm.
 *
 * @param step of the chosen one
 * @param checkpoints all of them by their steps
 */
public record CheckpointChoice(int step, List<Checkpoint> checkpoints) {
    /** How a checkpoint answered the problems that choose. */
    public record Checkpoint(int step, int correct, int total) {}

    /** @param checkpoints at least one, the earliest first */
    public static CheckpointChoice of(List<Checkpoint> checkpoints) {
        Checkpoint best = checkpoints.getFirst();
        for (Checkpoint each : checkpoints) {
            best = each.correct() > best.correct() ? each : best;
        }
        return new CheckpointChoice(best.step(), List.copyOf(checkpoints));
    }
}
