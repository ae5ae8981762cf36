package dev.errata.pipeline.cli.files;

import dev.errata.pipeline.cli.Command;
import dev.errata.pipeline.cli.Session;
import dev.errata.tensor.BadInputException;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Option;

/** {@code convert}: a model from one format to another. This version checks what it is given and says that it can't. */
@picocli.CommandLine.Command(
        name = "convert",
        description = "Convert a model between GGUF and safetensors (not part of this version).",
        footer = {"", "Example:", "  errata convert --input M --to gguf --type q8_0 --output m.gguf"})
public final class ConvertCommand implements Command {
    /** Formats of a model. */
    enum Format {
        GGUF,
        SAFETENSORS
    }

    /** Types of a GGUF file's matrices. */
    enum Type {
        F32,
        F16,
        BF16,
        Q8_0,
        Q4_0
    }

    @Option(names = "--input", required = true, paramLabel = "MODEL", description = "the model to convert")
    private Path input;

    @Option(names = "--to", required = true, description = "gguf or safetensors")
    private Format format;

    @Option(names = "--type", description = "f32, f16, bf16, q8_0 or q4_0")
    private Type type;

    @Option(names = "--adapter", paramLabel = "ADAPTER", description = "convert this adapter of the model instead")
    private Path adapter;

    @Option(names = "--output", required = true, paramLabel = "O", description = "the file or folder to write")
    private Path output;

    @Override
    public void run(Session session) {
        OutputPlace.require(output);
        OutputPlace.requireModel(input);
        String what = adapter == null ? "a model" : "an adapter";
        String target = type == null ? format.name() : format + " " + type;
        throw new BadInputException(
                "converting " + what + " to " + target.toLowerCase(Locale.ROOT) + " is not part of this version",
                input + " to " + output,
                "use the model as it is, folders and .gguf files are both read");
    }
}
