package dev.errata.pipeline.cli.model;

import dev.errata.model.decoder.Precision;
import dev.errata.pipeline.cli.Session;
import dev.errata.pipeline.engine.OpenModel;
import dev.errata.pipeline.run.Hardware;
import dev.errata.tensor.BadInputException;
import java.nio.file.Path;
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

    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            defaultValue = "f32",
            description =
                    "what to compute in: f32, bf16 for the whole model, as torch rounds it, or int8: f32, but what is multiplied "
                            + "with a GGUF file's quantized weights is rounded to 8 bits, as llama.cpp does (f32)")
    String dtype;

    /** Opens the model and tells the user what there is to tell of it. */
    public OpenModel open(Session session) {
        return open(session, session.hardware());
    }

    /** The same on other hardware than the session's. */
    public OpenModel open(Session session, Hardware hardware) {
        return told(OpenModel.open(model, null, precision(dtype), adapter, hardware), session);
    }

    /** The same for gradients, by the adapter or else by all weights. */
    OpenModel openForGradients(Session session) {
        if (precision(dtype).eightBitRows()) {
            throw new BadInputException("gradients aren't computed in int8", "--dtype", "use f32 or bf16");
        }
        return adapter != null
                ? open(session)
                : told(OpenModel.openTrainable(model, precision(dtype), session.hardware()), session);
    }

    public Path model() {
        return model;
    }

    /** As {@code --dtype} gave it. */
    public String dtype() {
        return dtype;
    }

    private static OpenModel told(OpenModel open, Session session) {
        open.notes().forEach(session.progress()::say);
        return open;
    }

    static Precision precision(String dtype) {
        return switch (dtype) {
            case "f32" -> Precision.F32;
            case "bf16" -> Precision.BF16;
            case "int8" -> Precision.INT8;
            default ->
                throw new BadInputException(dtype + " is no type to compute in", "--dtype", "use f32, bf16 or int8");
        };
    }
}
