package dev.errata.pipeline.cli;

import java.util.List;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code correct CONFIG.yaml [key=value …]}: this stage of the loop alone. */
@picocli.CommandLine.Command(
        name = "correct",
        description = "Correct the wrong paths, with the filter's verdict on each correction.",
        footer = {"", "Example:", "  errata correct demo output=runs/demo"})
public final class CorrectCommand implements Command {
    @Parameters(index = "0", paramLabel = "CONFIG", description = "a YAML file, or demo")
    private String config;

    @Parameters(index = "1..*", paramLabel = "key=value", description = "overrides of the config, or input=FILE")
    private List<String> overrides = List.of();

    @Option(names = "--shard", paramLabel = "I/N", description = "part I, from 0, of N; errata gather joins them")
    private String shard;

    @Override
    public void run(Session session) {
        OneStage.run("correct", config, overrides, shard, session);
    }
}
