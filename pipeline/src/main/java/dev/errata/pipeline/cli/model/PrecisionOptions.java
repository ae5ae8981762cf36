package dev.errata.pipeline.cli.model;

import dev.errata.model.decoder.Precision;
import dev.errata.tensor.BadInputException;
import picocli.CommandLine.Option;

/** What a model computes in. */
public final class PrecisionOptions {
    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            defaultValue = "f32",
            description =
                    "what to compute in: f32, bf16 for the whole model, as torch rounds it, or int8: f32, but what is multiplied "
                            + "with a GGUF file's quantized weights is rounded to 8 bits, as llama.cpp does (f32)")
    private String dtype;

    /** As {@code --dtype} gave it. */
    public String dtype() {
        return dtype;
    }

    /**
     * @throws BadInputException if there is no such type to compute in
     */
    public Precision precision() {
        return Precision.named(dtype)
                .orElseThrow(() ->
                        new BadInputException(dtype + " is no type to compute in", "--dtype", "use f32, bf16 or int8"));
    }
}
