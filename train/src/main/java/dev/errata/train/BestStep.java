package dev.errata.train;

import java.nio.file.Path;
import java.util.List;

/** The step with the lowest validation loss so far; the first one among equals. */
final class BestStep {
    /** The folder in {@code checkpoints/} that holds its adapter or model. */
    static final String NAME = "best";

    private final Path folder;
    private double lowest = Double.POSITIVE_INFINITY;

    private BestStep(Path folder) {
        this.folder = folder;
    }

    /**
     * Goes on from the steps of earlier starts.
     *
     * @param health is shown them, too
     */
    static BestStep of(List<StepRecord> before, TrainingHealth health, Path checkpoints) {
        BestStep best = new BestStep(checkpoints.resolve(NAME));
        for (StepRecord step : before) {
            health.look(step);
            best.isBest(step);
        }
        return best;
    }

    Path folder() {
        return folder;
    }

    /** Whether this step was measured and is the best so far, which it is from then on. */
    boolean isBest(StepRecord step) {
        if (step.validationLoss() == null || step.validationLoss() >= lowest) {
            return false;
        }
        lowest = step.validationLoss();
        return true;
    }
}
