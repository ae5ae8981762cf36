package dev.errata.pipeline.cli.files;

import dev.errata.model.convert.AdapterToGguf;
import dev.errata.model.weights.ModelSource;
import dev.errata.pipeline.cli.Command;
import dev.errata.pipeline.cli.Session;
import dev.errata.quant.ggml.GgmlType;
import dev.errata.tensor.BadInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Option;

/** {@code convert}: a model, or an adapter of it, from one format to another. */
@picocli.CommandLine.Command(
        name = "convert",
        description = {
            "Convert a model between GGUF and safetensors, with its tokenizer and chat template.",
            "Without --type matrices stay in the type they are stored in; quantized ones become f32.",
            "With --adapter a PEFT LoRA of the model becomes a LoRA in GGUF (f32 unless told)."
        },
        footer = {
            "",
            "Examples:",
            "  errata convert --input M --to gguf --type q8_0 --output m.gguf",
            "  errata convert --input m.gguf --to safetensors --type bf16 --output M",
            "  errata convert --input M --adapter RUN/adapter --to gguf --output lora.gguf"
        })
public final class ConvertCommand implements Command {
    /** Formats of a model. */
    enum Format {
        GGUF,
        SAFETENSORS
    }

    /** Types of matrices. */
    enum Type {
        F32(GgmlType.F32, FloatType.F32),
        F16(GgmlType.F16, FloatType.F16),
        BF16(GgmlType.BF16, FloatType.BF16),
        Q8_0(GgmlType.Q8_0, null),
        Q4_0(GgmlType.Q4_0, null);

        private final GgmlType block;
        private final FloatType plain;

        Type(GgmlType block, FloatType plain) {
            this.block = block;
            this.plain = plain;
        }
    }

    @Option(names = "--input", required = true, paramLabel = "MODEL", description = "the model to convert")
    private Path input;

    @Option(names = "--to", required = true, description = "gguf or safetensors")
    private Format format;

    @Option(names = "--type", description = "f32, f16 or bf16; for gguf also q8_0 or q4_0")
    private Type type;

    @Option(names = "--adapter", paramLabel = "ADAPTER", description = "convert this adapter of the model instead")
    private Path adapter;

    @Option(names = "--output", required = true, paramLabel = "O", description = "the file or folder to write")
    private Path output;

    @Override
    public void run(Session session) {
        OutputPlace.require(output);
        OutputPlace.requireModel(input);
        if (format == Format.SAFETENSORS) {
            toSafetensors(session);
        } else if (adapter != null) {
            requireFile();
            AdapterToGguf.Written written = AdapterToGguf.write(
                    input, adapter, type == null ? GgmlType.F32 : type.block, output, session.progress()::say);
            session.result(written, String.format(Locale.ROOT, "%d tensors in %s", written.tensors(), output));
        } else {
            requireFile();
            try (ModelSource source = ModelSource.open(input)) {
                GgufOutput.Written written =
                        GgufOutput.write(source, type == null ? null : type.block, output, session.progress());
                session.result(written, written.text());
            }
        }
    }

    private void toSafetensors(Session session) {
        if (adapter != null) {
            throw new BadInputException(
                    "adapters are converted to gguf only", "--to safetensors", "leave --adapter out, or say --to gguf");
        }
        if (type != null && type.plain == null) {
            throw new BadInputException(
                    "type " + type.name().toLowerCase(Locale.ROOT) + " is not for safetensors",
                    "--type",
                    "choose f32, f16 or bf16");
        }
        if (!ModelSource.isGguf(input)) {
            throw new BadInputException(
                    "model is in safetensors already",
                    input.toString(),
                    "name a .gguf file, or see dequantize for a model in 4 bits");
        }
        SafetensorsOutput.Written written =
                SafetensorsOutput.write(input, type == null ? null : type.plain, output, session.progress());
        session.result(written, written.text());
    }

    private void requireFile() {
        if (Files.isDirectory(output)) {
            throw new BadInputException(
                    "a folder has the name of the output", output.toString(), "name the .gguf file to write");
        }
        if (Files.exists(output)
                && Files.isRegularFile(input)
                && output.toAbsolutePath().equals(input.toAbsolutePath())) {
            throw new BadInputException("output is the input", output.toString(), "choose another name");
        }
    }
}
