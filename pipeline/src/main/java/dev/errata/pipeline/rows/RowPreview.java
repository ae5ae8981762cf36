package dev.errata.pipeline.rows;

import dev.errata.model.text.ModelText;
import dev.errata.model.weights.ModelSource;
import dev.errata.pipeline.data.JsonRows;
import dev.errata.tensor.BadInputException;
import dev.errata.train.config.TrainConfig;
import dev.errata.train.data.Example;
import dev.errata.train.data.MicroBatches;
import dev.errata.train.data.RowOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * All rows of a training, looked at before it starts.
 *
 * @param lines what was recognised, how long rows are, and how the first micro-batch is packed
 */
public record RowPreview(List<String> lines) {
    private static final int SHOWN_ROWS = 8;

    /**
     * Reads all rows and hands on each.
     *
     * @throws BadInputException for a row that can't be trained on
     */
    public static RowPreview of(TrainConfig config, Consumer<PreviewedRow> seen) {
        try (ModelSource source = ModelSource.open(config.model())) {
            Optional<ModelText> text = text(config, source);
            ExampleReader reader = new ExampleReader(
                    config, source.config().vocabSize(), () -> text.orElseGet(() -> TrainingData.text(config, source)));
            List<Example> kept = new ArrayList<>();
            int[] number = {0};
            for (Path file : config.data()) {
                JsonRows.forEach(file, row -> {
                    ExampleReader.Read read = reader.read(row);
                    seen.accept(PreviewedRow.of(++number[0], read, text));
                    if (read.dropped() == null) {
                        kept.add(read.example());
                    }
                });
            }
            List<String> lines = new ArrayList<>(reader.recognised().lines(reader.lastAlone()));
            if (!kept.isEmpty()) {
                lines.add(lengths(kept));
                lines.add(firstMicroBatch(config, kept));
            }
            return new RowPreview(lines);
        }
    }

    /** Rows of ids need no tokenizer; without one they are shown as ids. */
    private static Optional<ModelText> text(TrainConfig config, ModelSource source) {
        try {
            return Optional.of(TrainingData.text(config, source));
        } catch (BadInputException e) {
            return Optional.empty();
        }
    }

    private static String lengths(List<Example> examples) {
        int[] sorted = examples.stream()
                .mapToInt(example -> example.ids().length)
                .sorted()
                .toArray();
        int trained = examples.stream().mapToInt(Example::targets).max().orElse(0);
        int others = examples.stream()
                .mapToInt(example -> example.ids().length - example.targets())
                .max()
                .orElse(0);
        return String.format(
                Locale.ROOT,
                "lengths: %d to %d tokens, half of the rows up to %d; at most %d not trained (max_prompt_tokens) and %d"
                        + " trained (max_completion_tokens)",
                sorted[0],
                sorted[sorted.length - 1],
                sorted[(sorted.length - 1) / 2],
                others,
                trained);
    }

    /** Rows lie one after another in a micro-batch, without padding. */
    private static String firstMicroBatch(TrainConfig config, List<Example> examples) {
        RowOrder order = new RowOrder(
                config.settings().order(), examples, config.settings().stepRows(), config.seed());
        List<Integer> step = IntStream.range(0, config.settings().stepRows())
                .mapToObj(order::row)
                .toList();
        List<Integer> first = MicroBatches.of(config.settings())
                .split(step, row -> examples.get(row).ids().length)
                .getFirst();
        int tokens = 0;
        int trained = 0;
        List<String> parts = new ArrayList<>();
        for (int row : first) {
            Example example = examples.get(row);
            tokens += example.ids().length;
            trained += example.targets();
            if (parts.size() < SHOWN_ROWS) {
                parts.add("row " + (row + 1) + " (" + example.ids().length + ")");
            }
        }
        String more = first.size() > SHOWN_ROWS ? ", …" : "";
        return "first micro-batch: " + String.join(", ", parts) + more + ": " + tokens
                + " tokens in a row without padding, " + trained + " of them trained";
    }
}
