package dev.errata.pipeline.cli;

import dev.errata.pipeline.engine.TrainingCheck;
import dev.errata.pipeline.run.Loop;
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
        Valid valid = switch (AnyConfig.read(config, overrides, session)) {
            case AnyConfig.OfTraining(var training) -> new Valid(true, "train", TrainingCheck.of(training));
            case AnyConfig.OfLoop(var loop) -> new Valid(true, "run", Loop.validate(loop, session.surroundings()));
        };
        session.result(valid, String.join("\n", valid.found()) + "\nvalid");
    }
}
