package dev.errata.pipeline.cli.files;

import dev.errata.model.checkpoint.FloatType;
import dev.errata.model.checkpoint.OutputPlace;
import dev.errata.model.checkpoint.PlainModel;
import dev.errata.model.checkpoint.TensorFiles;
import dev.errata.model.file.TensorFileQuantizer;
import dev.errata.pipeline.cli.Command;
import dev.errata.pipeline.cli.Session;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** {@code dequantize}: the 4-bit tensors of a model or a file back to plain ones. */
@picocli.CommandLine.Command(
        name = "dequantize",
        description = "Turn the 4-bit tensors of a model or a safetensors file into plain ones.",
        footer = {"", "Example:", "  errata dequantize --input w4.safetensors --dtype bf16 --output w.safetensors"})
public final class DequantizeCommand implements Command {
    @Option(
            names = "--input",
            required = true,
            paramLabel = "MODEL|F.safetensors",
            description = "a model's folder, or a file that quantize wrote")
    private Path input;

    @Option(names = "--dtype", required = true, description = "f32, bf16 or f16")
    private FloatType dtype;

    @Option(names = "--output", required = true, paramLabel = "O", description = "the folder or file to write")
    private Path output;

    @Override
    public void run(Session session) {
        OutputPlace.require(output);
        TensorFiles.Written written;
        if (TensorFiles.isModel(input)) {
            written = PlainModel.write(input, dtype, output, new WrittenMegabytes("dequantize", session.progress()));
        } else {
            TensorFileQuantizer.dequantize(input, dtype.stored(), output);
            written = TensorFiles.written(output);
        }
        session.result(written, written.text());
    }
}
