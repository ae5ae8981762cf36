package dev.errata.pipeline.run;

import dev.errata.pipeline.config.LoopConfig;
import dev.errata.train.Progress;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** One stage of the loop. Run again it continues; finished it touches nothing. */
sealed interface Stage
        permits SampleStage, AugmentStage, CorrectStage, EvolveStage, FilterStage, TrainStage, EvalStage, ReportStage {
    /** Its name as a command. */
    String name();

    /** Whether the config has it at all. */
    default boolean isConfigured(LoopConfig config) {
        return true;
    }

    /** The stage to run first because this one's input isn't there. */
    Optional<String> lacks(RunFolder folder, LoopConfig config, Path input);

    /** Whether all it writes is there. */
    boolean isDone(RunFolder folder, LoopConfig config);

    /** Whether it can be given another input than what the stage before it left. */
    default boolean takesInput() {
        return false;
    }

    /**
     * Looks, before anything is made or computed, at what this stage will need and nothing before it would miss.
     *
     * @throws dev.errata.tensor.ErrataException if something is missing or out of reach
     */
    default void lookAhead(LoopConfig config, RunFolder folder, Progress progress) {}

    /**
     * Does what is left to do.
     *
     * @param input another input, or null
     */
    void run(LoopRun run, Path input);

    /** What it made, for stdout: counts by name, in order. */
    Map<String, Object> result(LoopRun run);
}
