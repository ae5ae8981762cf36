package dev.errata.pipeline.cli;

import java.util.List;
import picocli.CommandLine.Parameters;

/** {@code eval CONFIG.yaml [key=value …]}: this stage of the loop alone. */
@picocli.CommandLine.Command(
        name = "eval",
        description = "Evaluate the base and the arms on held-out problems.",
        footer = {"", "Example:", "  errata eval demo output=runs/demo"})
public final class EvalCommand implements Command {
    @Parameters(index = "0", paramLabel = "CONFIG", description = "a YAML file, or demo")
    private String config;

    @Parameters(index = "1..*", paramLabel = "key=value", description = "overrides of the config, or input=FILE")
    private List<String> overrides = List.of();

    @Override
    public void run(Session session) {
        OneStage.run("eval", config, overrides, session);
    }
}
