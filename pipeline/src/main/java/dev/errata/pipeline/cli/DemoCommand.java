package dev.errata.pipeline.cli;

import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code demo [key=value …]}: the whole loop on the model and the problems that come with the program. */
@picocli.CommandLine.Command(
        name = "demo",
        description = "The whole loop on a small model that comes with the program, in a few minutes.",
        footer = {"", "Example:", "  errata demo output=runs/demo-7 seed=7"})
public final class DemoCommand implements Command {
    @Parameters(index = "0..*", paramLabel = "key=value", description = "overrides of configs/demo.yaml, or from=RUN")
    private List<String> overrides = List.of();

    @Mixin
    private WatchOption watch = new WatchOption();

    @Override
    public void run(Session session) {
        WholeLoop.run("demo", overrides, watch.port(), session);
    }
}
