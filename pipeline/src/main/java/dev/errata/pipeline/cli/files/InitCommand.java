package dev.errata.pipeline.cli.files;

import dev.errata.model.checkpoint.FloatType;
import dev.errata.model.checkpoint.FreshModel;
import dev.errata.model.checkpoint.OutputPlace;
import dev.errata.pipeline.cli.Command;
import dev.errata.pipeline.cli.Session;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Option;

/** {@code init}: a model with random weights, as a Hugging Face folder. */
@picocli.CommandLine.Command(
        name = "init",
        description = {
            "Make a model with random weights that follow from --seed (0 unless given).",
            "Tokenizer files and generation_config.json beside the config are copied."
        },
        footer = {
            "",
            "Example:",
            "  errata init --config configs/demo/errata-2m/config.json --dtype bf16 --seed 7 --output fresh"
        })
public final class InitCommand implements Command {
    @Option(names = "--config", required = true, paramLabel = "config.json", description = "the model's shape")
    private Path config;

    @Option(names = "--dtype", description = "f32, bf16 or f16 (default: what the config says, else f32)")
    private FloatType dtype;

    @Option(names = "--output", required = true, paramLabel = "O", description = "the folder to write")
    private Path output;

    @Override
    public void run(Session session) {
        OutputPlace.require(output);
        FreshModel model = FreshModel.of(config, dtype);
        FreshModel.Made made = model.write(
                output,
                session.seedOr(0),
                session.hardware().threads(),
                new WrittenMegabytes("init", session.progress()));
        session.result(
                made,
                String.format(
                        Locale.ROOT,
                        "%,d parameters as %s in %d files in %s",
                        made.parameters(),
                        made.dtype(),
                        made.files(),
                        made.output()));
    }
}
