package dev.errata.train;

import java.util.Locale;
import java.util.Optional;

/**
 * Notices a training that goes wrong while its numbers are still finite: a loss far above that of the first step, which
 * the untrained model has, or gradients far above those of the first step. Each kind is said once and counted.
 */
public final class TrainingHealth {
    /** A loss that rose by this factor, and by this much, has unlearned what the model knew; rows differ by less. */
    private static final double LOSS_FACTOR = 2;

    private static final double LOSS_RISE = 1;
    /** Within a healthy run norms differ by less. */
    private static final double NORM_FACTOR = 100;
    /** Above this a clipped step is noise, whatever the first step had. */
    private static final double HUGE_NORM = 1e4;

    private StepRecord first;
    private int lossWarnings;
    private int normWarnings;

    /**
     * How many steps were out of the healthy range.
     *
     * @param loss steps whose loss was far above that of the first
     * @param gradNorm steps whose gradient norm was
     */
    public record Warnings(int loss, int gradNorm) {}

    /** Looks at the next step; the line to say where a kind of trouble shows for the first time. */
    Optional<String> look(StepRecord step) {
        if (first == null) {
            first = step;
        }
        String line = null;
        if (step.gradNorm() > Math.min(HUGE_NORM, NORM_FACTOR * Math.max(first.gradNorm(), 1e-3))
                && normWarnings++ == 0) {
            line = String.format(
                    Locale.ROOT,
                    "warning: the gradient norm of step %d is %.3g, that of step %d was %.3g; lower"
                            + " optimizer.learning_rate (%.2g here) or look at the rows",
                    step.step(),
                    step.gradNorm(),
                    first.step(),
                    first.gradNorm(),
                    step.lr());
        }
        boolean risen = step.loss() > LOSS_FACTOR * first.loss() && step.loss() > first.loss() + LOSS_RISE;
        if (risen && lossWarnings++ == 0) {
            line = String.format(
                    Locale.ROOT,
                    "warning: the loss of step %d is %.4g, that of step %d was %.4g; lower optimizer.learning_rate (%.2g"
                            + " here)",
                    step.step(),
                    step.loss(),
                    first.step(),
                    first.loss(),
                    step.lr());
        }
        return Optional.ofNullable(line);
    }

    Warnings warnings() {
        return new Warnings(lossWarnings, normWarnings);
    }
}
