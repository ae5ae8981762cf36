package dev.errata.bench.ops;

import dev.errata.model.config.HuggingFaceConfig;
import dev.errata.model.config.ModelConfig;
import dev.errata.tensor.BadInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The sizes of a decoder's layers.
 *
 * @param hidden C
 * @param intermediate of the feed-forward network
 * @param heads H, {@code keyHeads} K, {@code headDim} D
 * @param vocabulary V
 */
public record ModelShape(
        String name, int hidden, int intermediate, int heads, int keyHeads, int headDim, int vocabulary) {
    private static final int LOGITS = 1 << 23;
    private static final int LEAST_LOGIT_ROWS = 512;

    /** Models that many use, from their config.json. */
    public static final List<ModelShape> KNOWN = List.of(
            new ModelShape("smollm2-135m", 576, 1536, 9, 3, 64, 49152),
            new ModelShape("tinyllama-1.1b", 2048, 5632, 32, 4, 64, 32000),
            new ModelShape("qwen2.5-0.5b", 896, 4864, 14, 2, 64, 151936));

    /**
     * A known shape by its name, or that of a folder with a config.json.
     *
     * @throws BadInputException if there is neither
     */
    public static ModelShape of(String name) {
        for (ModelShape known : KNOWN) {
            if (known.name().equals(name)) {
                return known;
            }
        }
        Path folder = Path.of(name);
        if (!Files.isDirectory(folder)) {
            String names = KNOWN.stream().map(ModelShape::name).collect(Collectors.joining(", "));
            throw new BadInputException(
                    "no such model", "--model " + name, "use " + names + ", or a folder with a config.json");
        }
        ModelConfig config = HuggingFaceConfig.read(folder);
        return new ModelShape(
                folder.toAbsolutePath().normalize().getFileName().toString(),
                config.hiddenSize(),
                config.intermediateSize(),
                config.numAttentionHeads(),
                config.numKeyValueHeads(),
                config.headDim(),
                config.vocabSize());
    }

    /** How many of so many rows have their logits at a time in a training, as {@code TargetLoss} cuts them. */
    int logitRows(int rows) {
        return Math.min(rows, Math.max(LEAST_LOGIT_ROWS, LOGITS / vocabulary));
    }

    /** H · D. */
    int queryWidth() {
        return heads * headDim;
    }

    /** K · D. */
    int keyWidth() {
        return keyHeads * headDim;
    }
}
