package dev.errata.pipeline.cli;

import java.util.List;
import picocli.CommandLine.Parameters;

/** {@code train-arms CONFIG.yaml [key=value …]}: this stage of the loop alone. */
@picocli.CommandLine.Command(
        name = "train-arms",
        description = "Train an adapter for each arm.",
        footer = {"", "Example:", "  errata train-arms demo output=runs/demo"})
public final class TrainArmsCommand implements Command {
    @Parameters(index = "0", paramLabel = "CONFIG", description = "a YAML file, or demo")
    private String config;

    @Parameters(index = "1..*", paramLabel = "key=value", description = "overrides of the config, or input=FILE")
    private List<String> overrides = List.of();

    @Override
    public void run(Session session) {
        OneStage.run("train-arms", config, overrides, session);
    }
}
