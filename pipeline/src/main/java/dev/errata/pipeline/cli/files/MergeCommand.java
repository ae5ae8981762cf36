package dev.errata.pipeline.cli.files;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.errata.model.adapter.AdapterFolder;
import dev.errata.model.weights.FourBitSpec;
import dev.errata.pipeline.cli.Command;
import dev.errata.pipeline.cli.Session;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code merge}: an adapter into its model, which becomes a plain checkpoint. */
@picocli.CommandLine.Command(
        name = "merge",
        description = "Merge an adapter into its model, read the result back and compare it.",
        footer = {"", "Example:", "  errata merge --model M --adapter RUN/adapter --base original --output merged"})
public final class MergeCommand implements Command {
    @Option(
            names = "--model",
            required = true,
            paramLabel = "MODEL",
            description = "the adapter's model, a folder with config.json and safetensors")
    private Path model;

    @Option(names = "--adapter", required = true, paramLabel = "ADAPTER", description = "PEFT's folder of an adapter")
    private Path adapter;

    @Mixin
    private MergeBase base = new MergeBase();

    @Option(names = "--dtype", description = "f32, bf16 or f16 (the type that the model's config names)")
    private FloatType dtype;

    @Option(names = "--output", required = true, paramLabel = "O", description = "the folder to write")
    private Path output;

    @Override
    public void run(Session session) {
        OutputPlace.require(output);
        OutputPlace.requireModel(model);
        AdapterFolder.readConfig(adapter);
        MergedModel merged;
        try (StoredModel stored = StoredModel.open(model, "merge")) {
            boolean quantized = !stored.tensors().quantized().isEmpty();
            FourBitSpec quantization = base.quantization(model, quantized, adapter);
            FloatType type = dtype == null ? told(stored.json()) : dtype;
            merged = new MergedModel(model, stored.json(), quantization, adapter, type);
        }
        MergedModel.Written written = merged.write(output, base.title(), session);
        session.result(written, written.text());
    }

    /** The type that a config names, else f32. */
    private static FloatType told(ObjectNode json) {
        FloatType told =
                FloatType.of(json.path("dtype").asText(json.path("torch_dtype").asText()));
        return told == null ? FloatType.F32 : told;
    }
}
