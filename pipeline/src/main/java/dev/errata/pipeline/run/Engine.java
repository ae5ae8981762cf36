package dev.errata.pipeline.run;

import dev.errata.train.Progress;
import dev.errata.train.StopSignal;
import dev.errata.train.config.TrainConfig;

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
     * Trains as the config says, into its output folder: {@code config.yaml}, {@code manifest.json},
     * {@code metrics.jsonl}, {@code checkpoints/}, {@code adapter/} or {@code model/}. An interrupted training continues
     * from its last checkpoint; a finished one is left untouched.
     *
     * @throws dev.errata.train.StoppedException after a checkpoint, when {@code stop} was raised
     */
    Trained train(TrainConfig config, Hardware hardware, Progress progress, StopSignal stop);
}
