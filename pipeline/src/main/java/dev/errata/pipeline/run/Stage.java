package dev.errata.pipeline.run;

import dev.errata.pipeline.config.LoopConfig;
import dev.errata.train.Progress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One stage of the loop. Run again it continues; finished it touches nothing. To add one: its class, and its line in
 * {@link Stages}, which is its place.
 */
interface Stage {
    /** Its name as a command and in the manifest. */
    String name();

    /** One sentence for {@code --help}. */
    String description();

    /** The folder within the run's that its records lie in; null where it has none of its own. */
    String folder();

    /** Whether the config asks for it. */
    default boolean isConfigured(LoopConfig config) {
        return true;
    }

    /** What it makes, in the order in which it makes it. */
    List<StagePiece> pieces(RunFolder folder, LoopConfig config);

    /** Whether all it makes is there. */
    default boolean isDone(RunFolder folder, LoopConfig config) {
        return pieces(folder, config).stream().allMatch(StagePiece::isThere);
    }

    /** The stage to run first because this one's input isn't there. */
    Optional<String> lacks(RunFolder folder, LoopConfig config, Path input);

    /** Whether it can be given another input than what the stage before it left. */
    default boolean takesInput() {
        return false;
    }

    /** Whether its records can be made in parts, {@code --shard I/N}, and gathered. */
    default boolean isDivisible() {
        return false;
    }

    /** Whether it writes texts whose products are bf16, so that their bits depend on the processor's units. */
    default boolean computesBf16(LoopConfig config) {
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
