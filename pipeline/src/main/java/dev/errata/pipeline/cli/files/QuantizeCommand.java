package dev.errata.pipeline.cli.files;

import dev.errata.model.file.TensorFileQuantizer;
import dev.errata.model.weights.FourBitSpec;
import dev.errata.pipeline.cli.Command;
import dev.errata.pipeline.cli.Session;
import dev.errata.quant.BlockwiseFourBit;
import dev.errata.quant.FourBitFormat;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** {@code quantize}: a model's linear layers, or the float tensors of a file, to 4 bits in bitsandbytes' form. */
@picocli.CommandLine.Command(
        name = "quantize",
        description = {
            "Quantize a model to a 4-bit checkpoint as transformers and bitsandbytes save it (output layer, embeddings and",
            "norms are kept), or all float tensors of a safetensors file."
        },
        footer = {
            "",
            "Example:",
            "  errata quantize --input model --format nf4 --block-size 64 --double-quant --output model-nf4",
            "  errata quantize --input w.safetensors --format nf4 --block-size 64 --double-quant --output w4.safetensors"
        })
public final class QuantizeCommand implements Command {
    @Option(
            names = "--input",
            required = true,
            paramLabel = "MODEL|F.safetensors",
            description = "a model's folder, or a file of tensors")
    private Path input;

    @Option(names = "--format", required = true, description = "nf4 or fp4")
    private FourBitFormat format;

    @Option(names = "--block-size", required = true, paramLabel = "N", description = "elements that share a scale")
    private int blockSize;

    @Option(names = "--double-quant", description = "quantize the scales too")
    private boolean doubleQuant;

    @Option(names = "--output", required = true, paramLabel = "O", description = "the folder or file to write")
    private Path output;

    @Override
    public void run(Session session) {
        BlockwiseFourBit.checkBlockSize(blockSize, "--block-size");
        OutputPlace.require(output);
        TensorFiles.Written written;
        if (TensorFiles.isModel(input)) {
            FourBitSpec spec = new FourBitSpec(format, blockSize, doubleQuant);
            written = FourBitModel.write(input, spec, output, Shard.LARGEST, session.progress());
        } else {
            TensorFileQuantizer.quantize(input, format, blockSize, doubleQuant, output);
            written = TensorFiles.written(output);
        }
        session.result(written, written.text());
    }
}
