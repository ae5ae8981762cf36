package dev.errata.pipeline.cli.files;

import dev.errata.model.weights.FourBitSpec;
import dev.errata.quant.BlockwiseFourBit;
import dev.errata.quant.FourBitFormat;
import dev.errata.tensor.BadInputException;
import dev.errata.train.config.QuantizationConfig;
import dev.errata.train.config.TrainConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** Which weights an adapter is added to: {@code --base} and what says how they were quantized. */
final class MergeBase {
    /** The model's own weights, or what is left of them after quantization. */
    enum Kind {
        ORIGINAL,
        DEQUANTIZED
    }

    @Option(
            names = "--base",
            required = true,
            description = "original: the model's own weights; dequantized: what quantization left of them, which a"
                    + " quantized run trained on")
    private Kind kind;

    @Option(names = "--format", description = "with --base dequantized of a plain model: nf4 or fp4")
    private FourBitFormat format;

    @Option(names = "--block-size", paramLabel = "N", description = "with --format: elements that share a scale (64)")
    private Integer blockSize;

    @Option(names = "--double-quant", description = "with --format: the scales were quantized too")
    private boolean doubleQuant;

    /**
     * How the base is quantized as it is loaded; null to take it as it is stored. Without {@code --format} the run that the
     * adapter lies in tells it.
     *
     * @param quantized whether the model is stored in 4 bits
     * @throws BadInputException if model and options don't go together, or nobody tells the quantization
     */
    FourBitSpec quantization(Path model, boolean quantized, Path adapter) {
        if (format == null && (blockSize != null || doubleQuant)) {
            throw new BadInputException("format is missing", "--format", "give nf4 or fp4 with it");
        }
        if (kind == Kind.ORIGINAL && quantized) {
            throw new BadInputException(
                    "model is quantized",
                    "--base original, " + model,
                    "give the model it was made from, or --base dequantized");
        }
        if (format != null && (kind == Kind.ORIGINAL || quantized)) {
            throw new BadInputException(
                    "format is given and nothing is to be quantized",
                    "--format",
                    "leave it out, or give a plain model and --base dequantized");
        }
        if (kind == Kind.ORIGINAL || quantized) {
            return null;
        }
        if (format == null) {
            return ofRun(adapter);
        }
        int size = blockSize == null ? 64 : blockSize;
        BlockwiseFourBit.checkBlockSize(size, "--block-size");
        return new FourBitSpec(format, size, doubleQuant);
    }

    private static FourBitSpec ofRun(Path adapter) {
        Path config = adapter.toAbsolutePath().normalize().resolveSibling("config.yaml");
        QuantizationConfig told = Files.isRegularFile(config)
                ? TrainConfig.read(config, List.of()).settings().quantization()
                : null;
        if (told == null) {
            throw new BadInputException(
                    "quantization is not known",
                    "--base dequantized, " + adapter,
                    "say how the base was quantized, as --format nf4 --block-size 64 --double-quant");
        }
        return told.spec();
    }

    String title() {
        return kind == Kind.ORIGINAL ? "original" : "dequantized";
    }
}
