package dev.errata.pipeline.report.events;

import dev.errata.model.file.AtomicFile;
import dev.errata.train.StepRecord;
import java.nio.file.Path;
import java.util.List;

/** The steps of a training as TensorBoard shows them: {@code tensorboard --logdir RUN/events}. */
public final class TrainingEvents {
    /** TensorBoard looks for {@code tfevents} in a name. */
    private static final String NAME = "events.out.tfevents.errata";

    private TrainingEvents() {}

    /**
     * Writes a training's event file anew; nothing where no step was made. Metrics hold no times, so wall time is the
     * seconds that the steps took, from 0, by their own rates.
     *
     * @param folder of this training alone: TensorBoard takes each folder for a run
     */
    public static void write(Path folder, List<StepRecord> steps) {
        if (steps.isEmpty()) {
            return;
        }
        EventFile file = new EventFile();
        double seconds = 0;
        for (StepRecord each : steps) {
            seconds += each.tokensPerSecond() > 0 ? each.targetTokens() / each.tokensPerSecond() : 0;
            file.scalar("loss", each.step(), seconds, each.loss());
            file.scalar("grad_norm", each.step(), seconds, each.gradNorm());
            file.scalar("lr", each.step(), seconds, each.lr());
            file.scalar("tokens_per_second", each.step(), seconds, each.tokensPerSecond());
            if (each.validationLoss() != null) {
                file.scalar("validation_loss", each.step(), seconds, each.validationLoss());
            }
        }
        AtomicFile.write(folder.resolve(NAME), file.toBytes());
    }
}
