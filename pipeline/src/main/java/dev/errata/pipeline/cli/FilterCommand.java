package dev.errata.pipeline.cli;

import java.util.List;
import picocli.CommandLine.Parameters;

/** {@code filter CONFIG.yaml [key=value …]}: this stage of the loop alone. */
@picocli.CommandLine.Command(
        name = "filter",
        description = "Make the training rows of both arms.",
        footer = {"", "Example:", "  errata filter demo output=runs/demo"})
public final class FilterCommand implements Command {
    @Parameters(index = "0", paramLabel = "CONFIG", description = "a YAML file, or demo")
    private String config;

    @Parameters(index = "1..*", paramLabel = "key=value", description = "overrides of the config, or input=FILE")
    private List<String> overrides = List.of();

    @Override
    public void run(Session session) {
        OneStage.run("filter", config, overrides, session);
    }
}
