package dev.errata.pipeline.cli;

import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code run CONFIG.yaml [key=value …]}: the whole loop. */
@picocli.CommandLine.Command(
        name = "run",
        description = "Sample, correct, filter, train, evaluate and report; run again, it continues.",
        footer = {
            "",
            "Examples:",
            "  errata run configs/gsm8k-smollm2.yaml model=smollm2.gguf sample.problems=40",
            "  errata run mine.yaml output=runs/rate train.optimizer.learning_rate=1e-4 from=runs/mine    (takes over what stays)"
        })
public final class RunCommand implements Command {
    @Parameters(index = "0", paramLabel = "CONFIG", description = "a YAML file, or demo")
    private String config;

    @Parameters(index = "1..*", paramLabel = "key=value", description = "overrides of the config, or from=RUN")
    private List<String> overrides = List.of();

    @Mixin
    private WatchOption watch = new WatchOption();

    @Override
    public void run(Session session) {
        WholeLoop.run(config, overrides, watch.port(), session);
    }
}
