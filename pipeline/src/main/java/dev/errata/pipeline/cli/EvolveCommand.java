package dev.errata.pipeline.cli;

import java.util.List;
import picocli.CommandLine.Parameters;

/** {@code evolve CONFIG.yaml [key=value …]}: this stage of the loop alone. */
@picocli.CommandLine.Command(
        name = "evolve",
        description = "Make new problems in the manner of the corrected ones, and sample and correct them.",
        footer = {"", "Example:", "  errata evolve CONFIG.yaml"})
public final class EvolveCommand implements Command {
    @Parameters(index = "0", paramLabel = "CONFIG", description = "a YAML file, or demo")
    private String config;

    @Parameters(index = "1..*", paramLabel = "key=value", description = "overrides of the config")
    private List<String> overrides = List.of();

    @Override
    public void run(Session session) {
        OneStage.run("evolve", config, overrides, session);
    }
}
