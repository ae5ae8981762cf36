package dev.errata.pipeline.cli;

import dev.errata.pipeline.engine.TrainingCheck;
import dev.errata.pipeline.run.Loop;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.RunFailedException;
import java.util.List;
import picocli.CommandLine.Parameters;

/** {@code validate CONFIG}: whether a run could be made, without making it. */
@picocli.CommandLine.Command(
        name = "validate",
        description = "Check a config of train or run: keys, inputs, rows, names, key variable, memory, disk.",
        footer = {"", "Example:", "  errata validate configs/lora.yaml model=DIR data=rows.jsonl output=runs/lora"})
public final class ValidateCommand implements Command {
    @Parameters(index = "0", paramLabel = "CONFIG", description = "a config of train or of run, or demo")
    private String config;

    @Parameters(index = "1..*", paramLabel = "key=value", description = "overrides of the config")
    private List<String> overrides = List.of();

    /**
     * What was found.
     *
     * @param kind {@code train} or {@code run}
     * @param found lines for people
     */
    record Valid(boolean valid, String kind, List<String> found) {}

    @Override
    public void run(Session session) {
        Valid valid;
        try {
            valid = valid(session);
        } catch (RunFailedException e) {
            // What would end a run later, as too small a disk, makes it no run that could be made.
            throw new BadInputException(e.what(), e.where(), e.remedy(), e);
        }
        session.result(valid, String.join("\n", valid.found()) + "\nvalid");
    }

    private Valid valid(Session session) {
        return switch (AnyConfig.read(config, overrides, session)) {
            case AnyConfig.OfTraining(var training) ->
                new Valid(true, "train", TrainingCheck.of(training, session.hardware()));
            case AnyConfig.OfLoop(var loop) -> new Valid(true, "run", Loop.validate(loop, session.surroundings()));
        };
    }
}
