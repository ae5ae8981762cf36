package dev.errata.pipeline.engine;

import dev.errata.pipeline.record.ArmMixture.RowTokens;
import dev.errata.pipeline.record.TrainingRow;
import dev.errata.train.Progress;
import dev.errata.train.StopSignal;
import dev.errata.train.config.TrainConfig;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** What the loop asks of the engine: to write texts, and to train. Found by {@code ServiceLoader}. */
public interface Engine {
    /** Opens a model for writing texts; a missing or damaged one is bad input that names its file. */
    TextModel open(ModelChoice choice);

    /**
     * Looks whether a training can be made: its model, its adapter's names, the chat template that its prompts need,
     * memory and disk. Loads nothing; its rows need not be there yet.
     *
     * @throws dev.errata.tensor.BadInputException if not
     */
    default void look(TrainConfig config, Hardware hardware) {}

    /**
     * The loss of each of these rows; none where the engine can't tell.
     *
     * @param rows prompts and completions as the loop trains them
     */
    default List<RowLoss> losses(ModelChoice choice, List<TrainingRow> rows) {
        return List.of();
    }

    /**
     * Counts the tokens of rows as a training of this model reads them; empty where the engine can't tell. Opens the
     * tokenizer alone.
     */
    default Optional<Function<TrainingRow, RowTokens>> rowTokens(ModelChoice choice) {
        return Optional.empty();
    }

    /**
     * Trains as the config says, into its output folder: {@code config.yaml}, {@code manifest.json},
     * {@code metrics.jsonl}, {@code checkpoints/}, {@code adapter/} or {@code model/}. An interrupted training continues
     * from its last checkpoint; a finished one is left untouched.
     *
     * @throws dev.errata.train.StoppedException after a checkpoint, when {@code stop} was raised
     */
    Trained train(TrainConfig config, Hardware hardware, Progress progress, StopSignal stop);
}
