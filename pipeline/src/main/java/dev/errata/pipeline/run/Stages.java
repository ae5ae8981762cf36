package dev.errata.pipeline.run;

import dev.errata.pipeline.config.LoopConfig;
import java.util.List;
import java.util.Objects;

/** The one list of stages, in their order. */
public final class Stages {
    static final List<Stage> ALL = List.of(
            new SampleStage(),
            new AugmentStage(),
            new CorrectStage(),
            new EvolveStage(),
            new FilterStage(),
            new TrainStage(),
            new ChooseStage(),
            new EvalStage(),
            new ReportStage());

    private Stages() {}

    /**
     * A stage as a command.
     *
     * @param takesInput whether {@code input=FILE} may give it another input
     * @param isDivisible whether {@code --shard I/N} may make a part of it
     */
    public record Listed(String name, String description, boolean takesInput, boolean isDivisible) {}

    /** All of them as commands. */
    public static List<Listed> commands() {
        return ALL.stream()
                .map(stage -> new Listed(stage.name(), stage.description(), stage.takesInput(), stage.isDivisible()))
                .toList();
    }

    /** Those that a config asks for. */
    static List<Stage> of(LoopConfig config) {
        return ALL.stream().filter(stage -> stage.isConfigured(config)).toList();
    }

    static Stage named(String name) {
        return ALL.stream()
                .filter(stage -> stage.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** Those whose records can be made in parts. */
    static List<Stage> divisible() {
        return ALL.stream().filter(Stage::isDivisible).toList();
    }

    /** The folders of all stages within a run's. */
    static List<String> folders() {
        return ALL.stream().map(Stage::folder).filter(Objects::nonNull).toList();
    }
}
