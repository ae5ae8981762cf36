package dev.errata.pipeline.cli.files;

import dev.errata.model.file.TensorFileQuantizer;
import dev.errata.pipeline.cli.Command;
import dev.errata.pipeline.cli.Session;
import dev.errata.quant.BlockwiseFourBit;
import dev.errata.quant.FourBitFormat;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** {@code quantize}: the float tensors of a file to 4 bits, in bitsandbytes' form. */
@picocli.CommandLine.Command(
        name = "quantize",
        description = "Quantize the float tensors of a safetensors file to 4 bits.",
        footer = {
            "",
            "Example:",
            "  errata quantize --input w.safetensors --format nf4 --block-size 64 --double-quant --output w4.safetensors"
        })
public final class QuantizeCommand implements Command {
    @Option(names = "--input", required = true, paramLabel = "F.safetensors", description = "a file of tensors")
    private Path input;

    @Option(names = "--format", required = true, description = "nf4 or fp4")
    private FourBitFormat format;

    @Option(names = "--block-size", required = true, paramLabel = "N", description = "elements that share a scale")
    private int blockSize;

    @Option(names = "--double-quant", description = "quantize the scales too")
    private boolean doubleQuant;

    @Option(names = "--output", required = true, paramLabel = "O", description = "the file to write")
    private Path output;

    @Override
    public void run(Session session) {
        BlockwiseFourBit.checkBlockSize(blockSize, "--block-size");
        OutputPlace.require(output);
        TensorFiles.requireFile(input, output, "quantizing a whole model");
        TensorFileQuantizer.quantize(input, format, blockSize, doubleQuant, output);
        TensorFiles.Written written = TensorFiles.written(output);
        session.result(written, written.text());
    }
}
