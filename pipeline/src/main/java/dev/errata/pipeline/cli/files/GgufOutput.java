package dev.errata.pipeline.cli.files;

import dev.errata.model.config.ModelConfig;
import dev.errata.model.convert.ModelToGguf;
import dev.errata.model.file.GgufFile;
import dev.errata.model.tokenizer.GgufVocabularyKeys;
import dev.errata.model.weights.DecoderLayout;
import dev.errata.model.weights.ModelSource;
import dev.errata.quant.ggml.GgmlType;
import dev.errata.tensor.Shape;
import dev.errata.train.Progress;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** A model written as a GGUF file with the tokenizer that lies beside it or in it. */
final class GgufOutput {
    private static final long MEGABYTE = 1_000_000;

    private GgufOutput() {}

    /** What was written. */
    record Written(String output, String type, int tensors, long bytes) {
        String text() {
            return String.format(Locale.ROOT, "%d tensors, %,d bytes as %s in %s", tensors, bytes, type, output);
        }
    }

    /**
     * @param type null: as the matrices are stored
     */
    static Written write(ModelSource source, GgmlType type, Path output, Progress progress) {
        Map<String, Object> vocabulary =
                ModelSource.isGguf(source.path()) ? copied(source.path()) : read(source, progress);
        long elements = DecoderLayout.tensors(source.config()).values().stream()
                .mapToLong(dims -> Shape.of(dims).elements())
                .sum();
        GgmlType likely = type == null ? GgmlType.F16 : type;
        long expected = elements / likely.blockSize() * likely.blockBytes() / MEGABYTE;
        try (Progress.Bar bar = progress.begin("convert", "MB", 0, expected)) {
            long[] bytes = {0};
            ModelToGguf.Written written = ModelToGguf.write(source, vocabulary, type, output, progress::say, count -> {
                long before = bytes[0] / MEGABYTE;
                bytes[0] += count;
                bar.advance(bytes[0] / MEGABYTE - before);
            });
            bar.finish();
            return new Written(
                    output.toString(),
                    written.type().name().toLowerCase(Locale.ROOT),
                    written.tensors(),
                    written.bytes());
        }
    }

    private static Map<String, Object> read(ModelSource source, Progress progress) {
        ModelConfig config = source.config();
        return GgufVocabularyKeys.of(
                source.path(), config.vocabSize(), config.bosTokenId(), config.eosTokenIds(), progress::say);
    }

    /** The tokenizer of a GGUF file goes over as it is. */
    private static Map<String, Object> copied(Path file) {
        Map<String, Object> keys = new LinkedHashMap<>();
        try (Arena arena = Arena.ofShared()) {
            GgufFile.open(file, arena).metadata().values().forEach((key, value) -> {
                if (key.startsWith("tokenizer.")) {
                    keys.put(key, value);
                }
            });
        }
        return keys;
    }
}
