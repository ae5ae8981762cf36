package dev.errata.pipeline.cli.model;

import dev.errata.pipeline.cli.Session;
import dev.errata.pipeline.engine.Hardware;
import dev.errata.pipeline.engine.OpenModel;
import dev.errata.tensor.BadInputException;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of commands that run a model. */
public final class ModelOptions {
    @Option(
            names = "--model",
            required = true,
            paramLabel = "MODEL",
            description = "a folder with config.json and safetensors, or a .gguf file")
    Path model;

    @Option(names = "--adapter", paramLabel = "ADAPTER", description = "PEFT's folder of an adapter")
    Path adapter;

    @Mixin
    private PrecisionOptions computed = new PrecisionOptions();

    /** Opens the model and tells the user what there is to tell of it. */
    public OpenModel open(Session session) {
        return open(session, session.hardware());
    }

    /** The same on other hardware than the session's. */
    public OpenModel open(Session session, Hardware hardware) {
        return told(OpenModel.open(model, null, computed.precision(), adapter, hardware), session);
    }

    /** The same for gradients, by the adapter or else by all weights. */
    OpenModel openForGradients(Session session) {
        if (computed.precision().eightBitRows()) {
            throw new BadInputException("gradients aren't computed in int8", "--dtype", "use f32 or bf16");
        }
        return adapter != null
                ? open(session)
                : told(OpenModel.openTrainable(model, computed.precision(), session.hardware()), session);
    }

    public Path model() {
        return model;
    }

    /** As {@code --dtype} gave it. */
    public String dtype() {
        return computed.dtype();
    }

    private static OpenModel told(OpenModel open, Session session) {
        open.notes().forEach(session.progress()::say);
        return open;
    }
}
