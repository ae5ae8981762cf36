package dev.errata.pipeline.cli;

import java.util.List;
import picocli.CommandLine.Parameters;

/** {@code augment CONFIG.yaml [key=value …]}: this stage of the loop alone. */
@picocli.CommandLine.Command(
        name = "augment",
        description = "Write further solutions of the problems and keep those that are right and new.",
        footer = {"", "Example:", "  errata augment CONFIG.yaml"})
public final class AugmentCommand implements Command {
    @Parameters(index = "0", paramLabel = "CONFIG", description = "a YAML file, or demo")
    private String config;

    @Parameters(index = "1..*", paramLabel = "key=value", description = "overrides of the config")
    private List<String> overrides = List.of();

    @Override
    public void run(Session session) {
        OneStage.run("augment", config, overrides, session);
    }
}
