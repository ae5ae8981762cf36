package dev.errata.bench.trace;

import dev.errata.bench.train.ScratchFolder;
import dev.errata.pipeline.cli.AnyConfig;
import dev.errata.pipeline.cli.Session;
import dev.errata.tensor.BadInputException;
import dev.errata.train.StepRecord;
import dev.errata.train.Trainer;
import dev.errata.train.config.TrainConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Which step of which training: of a config's, or of a run that was made. */
public final class StepOptions {
    @Parameters(index = "0", paramLabel = "CONFIG|RUN", description = "a config of train, or the folder of a training")
    private Path source;

    @Parameters(index = "1..*", paramLabel = "key=value", description = "overrides of a config")
    private List<String> overrides = List.of();

    @Option(names = "--step", paramLabel = "N", defaultValue = "1", description = "which step, from 1 (1)")
    private int step;

    private TrainConfig asRun;

    public int step() {
        return step;
    }

    /** As it was given. */
    public String name() {
        return source.toString();
    }

    /** The same step of another source. */
    public StepOptions at(Path other) {
        StepOptions options = new StepOptions();
        options.source = other;
        options.step = step;
        return options;
    }

    private boolean isRun() {
        return Files.isDirectory(source);
    }

    /**
     * The training, with an output that is nobody's.
     *
     * @throws BadInputException if the step or the folder is none
     */
    public TracedTraining training(ScratchFolder scratch, Session session) {
        return training(scratch, session, List.of());
    }

    /** The same with further overrides. */
    public TracedTraining training(ScratchFolder scratch, Session session, List<String> further) {
        if (step < 1) {
            throw new BadInputException("--step is " + step, "the command line", "give 1 or more");
        }
        Path file = isRun() ? source.resolve("config.yaml") : source;
        if (isRun() && !Files.exists(source.resolve("metrics.jsonl"))) {
            throw new BadInputException(
                    "no training's folder: metrics.jsonl is missing",
                    source.toString(),
                    "give a config of train or the output of one; of a loop, its train/ARM");
        }
        List<String> keys = new ArrayList<>(overrides);
        keys.addAll(further);
        asRun = AnyConfig.training(file, keys, session);
        keys.add("output='" + scratch.path() + "'");
        TrainConfig config = AnyConfig.training(file, keys, session);
        Path checkpoints =
                isRun() ? source.resolve("checkpoints") : scratch.path().resolve("none");
        return new TracedTraining(
                config,
                checkpoints,
                session.hardware(),
                session.progress(),
                session.stop(),
                isRun() ? Trainer.logged(asRun) : List.of(),
                false);
    }

    /** What the run logged of the step; null where it logged nothing. */
    public StepRecord logged() {
        return isRun()
                ? Trainer.logged(asRun).stream()
                        .filter(record -> record.step() == step)
                        .findFirst()
                        .orElse(null)
                : null;
    }

    /** Where files about the step go unless told otherwise. */
    Path defaultFolder() {
        if (isRun()) {
            return source.resolve("trace").resolve("step-" + step);
        }
        String name = source.getFileName().toString();
        return Path.of("trace-" + name.replaceFirst("\\.ya?ml$", "") + "-step-" + step);
    }
}
