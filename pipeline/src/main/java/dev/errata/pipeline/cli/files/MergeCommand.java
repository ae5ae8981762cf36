package dev.errata.pipeline.cli.files;

import dev.errata.model.adapter.AdapterFolder;
import dev.errata.pipeline.cli.Command;
import dev.errata.pipeline.cli.Session;
import dev.errata.tensor.BadInputException;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Option;

/** {@code merge}: an adapter into its model. This version checks what it is given and says that it can't. */
@picocli.CommandLine.Command(
        name = "merge",
        description = "Merge an adapter into its model (not part of this version).",
        footer = {"", "Example:", "  errata merge --model M --adapter RUN/adapter --base original --output merged"})
public final class MergeCommand implements Command {
    /** Which weights the adapter is added to. */
    enum Base {
        ORIGINAL,
        DEQUANTIZED
    }

    @Option(names = "--model", required = true, paramLabel = "MODEL", description = "the adapter's model")
    private Path model;

    @Option(names = "--adapter", required = true, paramLabel = "ADAPTER", description = "PEFT's folder of an adapter")
    private Path adapter;

    @Option(names = "--base", required = true, description = "original or dequantized weights")
    private Base base;

    @Option(names = "--dtype", description = "f32, bf16 or f16")
    private FloatType dtype;

    @Option(names = "--output", required = true, paramLabel = "O", description = "the folder to write")
    private Path output;

    @Override
    public void run(Session session) {
        OutputPlace.require(output);
        OutputPlace.requireModel(model);
        AdapterFolder.readConfig(adapter);
        String target = dtype == null ? base + " weights" : base + " weights as " + dtype;
        throw new BadInputException(
                "merging with " + target.toLowerCase(Locale.ROOT) + " is not part of this version",
                adapter + " into " + model,
                "give the adapter beside its model, as generate and score take it");
    }
}
