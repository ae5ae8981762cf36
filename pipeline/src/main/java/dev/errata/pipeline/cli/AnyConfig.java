package dev.errata.pipeline.cli;

import dev.errata.pipeline.config.LoopConfig;
import dev.errata.train.binding.ConfigTree;
import dev.errata.train.config.TrainConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A config of {@code train} or of the loop, for commands that take either; a loop's has a block {@code train}. */
public sealed interface AnyConfig {
    /** Of {@code train}. */
    record OfTraining(TrainConfig config) implements AnyConfig {}

    /** Of the loop. */
    record OfLoop(LoopConfig config) implements AnyConfig {}

    /**
     * Reads it with overrides of the form {@code key=value}.
     *
     * @param file a YAML file, or {@code demo} for the embedded one
     */
    static AnyConfig read(String file, List<String> overrides, Session session) {
        if (file.equals("demo") || ConfigTree.read(Path.of(file)).root().has("train")) {
            return new OfLoop(ConfigArguments.of(file, overrides, session).config());
        }
        return new OfTraining(training(Path.of(file), overrides, session));
    }

    /** A config of {@code train}; {@code --seed N} means {@code seed=N}. */
    static TrainConfig training(Path file, List<String> overrides, Session session) {
        List<String> keys = new ArrayList<>();
        if (session.seed() != null) {
            keys.add("seed=" + session.seed());
        }
        keys.addAll(overrides);
        return TrainConfig.read(file, keys);
    }
}
