package dev.errata.train;

import java.util.Locale;
import java.util.Optional;

/**
 * Notices a training that goes wrong while its numbers are still finite: a loss far above that of the first step, which
 * the untrained model has, or gradients far above those of the first step, or gone. Each kind is said once and counted.
 */
public final class TrainingHealth {
    /** A loss that rose by so many nats, or by this part of where it began, has unlearned what the model knew. */
    private static final double LOSS_RISE = 1;

    private static final double LOSS_PART = 0.2;
    /** Losses of few tokens differ by chance: by this, over the root of their number. */
    private static final double LOSS_NOISE = 8;
    /** Within a healthy run norms differ by less. */
    private static final double NORM_FACTOR = 30;
    /** Above this a clipped step is noise, whatever the first step had. */
    private static final double HUGE_NORM = 1e4;
    /** Below this part of the first step's norm nothing is learnt any more. */
    private static final double VANISHED = 1e-7;

    private StepRecord first;
    private int lossWarnings;
    private int normWarnings;
    private int outliers;

    /**
     * How many steps were out of the healthy range.
     *
     * @param loss steps whose loss was far above that of the first
     * @param gradNorm steps whose gradient norm was, or was gone
     * @param outliers steps far above the ones just before them
     */
    public record Warnings(int loss, int gradNorm, int outliers) {
        /** Of a training in which none was. */
        public static final Warnings NONE = new Warnings(0, 0, 0);
    }

    /** Looks at the next step; the line to say where a kind of trouble shows for the first time. */
    Optional<String> look(StepRecord step) {
        if (first == null) {
            first = step;
        }
        String line = step.outlier() == null ? null : outlier(step);
        double norm = step.gradNorm();
        boolean isHuge = norm > Math.min(HUGE_NORM, NORM_FACTOR * Math.max(first.gradNorm(), 1e-3));
        boolean isGone = norm < VANISHED * first.gradNorm();
        if ((isHuge || isGone) && normWarnings++ == 0) {
            line = String.format(
                    Locale.ROOT,
                    "warning: the gradient norm of step %d is %.3g, that of step %d was %.3g; %s",
                    step.step(),
                    norm,
                    first.step(),
                    first.gradNorm(),
                    remedy(step));
        }
        double noise = LOSS_NOISE / Math.sqrt((double) Math.min(first.targetTokens(), step.targetTokens()));
        double rise = Math.max(Math.max(LOSS_RISE, LOSS_PART * first.loss()), noise);
        if (step.loss() > first.loss() + rise && lossWarnings++ == 0) {
            line = String.format(
                    Locale.ROOT,
                    "warning: the loss of step %d is %.4g, that of step %d was %.4g; %s",
                    step.step(),
                    step.loss(),
                    first.step(),
                    first.loss(),
                    remedy(step));
        }
        return Optional.ofNullable(line);
    }

    /** Each is said, as each may be skipped. */
    private String outlier(StepRecord step) {
        outliers++;
        boolean isLoss = step.outlier().equals("loss");
        return String.format(
                Locale.ROOT,
                "warning: the %s of step %d is %.4g, far above the last steps%s",
                isLoss ? "loss" : "gradient norm",
                step.step(),
                isLoss ? step.loss() : step.gradNorm(),
                step.skipped() == null ? "" : "; the step is skipped");
    }

    private static String remedy(StepRecord step) {
        return String.format(Locale.ROOT, "lower optimizer.learning_rate, %.2g here, or look at the rows", step.lr());
    }

    Warnings warnings() {
        return new Warnings(lossWarnings, normWarnings, outliers);
    }
}
