package dev.errata.pipeline.cli;

import java.util.List;
import picocli.CommandLine.Parameters;

/** {@code report CONFIG.yaml [key=value …]}: this stage of the loop alone. */
@picocli.CommandLine.Command(
        name = "report",
        description = "Write the summary and the report of a run.",
        footer = {"", "Example:", "  errata report demo output=runs/demo"})
public final class ReportCommand implements Command {
    @Parameters(index = "0", paramLabel = "CONFIG", description = "a YAML file, or demo")
    private String config;

    @Parameters(index = "1..*", paramLabel = "key=value", description = "overrides of the config, or input=FILE")
    private List<String> overrides = List.of();

    @Override
    public void run(Session session) {
        OneStage.run("report", config, overrides, session);
    }
}
