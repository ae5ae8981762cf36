package dev.errata.pipeline.rows;

import dev.errata.model.text.ModelText;
import dev.errata.model.weights.ModelSource;
import dev.errata.pipeline.data.JsonRows;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.Philox;
import dev.errata.train.config.TrainConfig;
import dev.errata.train.config.Validation;
import dev.errata.train.data.Example;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.Supplier;

/**
 * All rows of a training in tokens.
 *
 * @param examples to train on, at least one
 * @param validation to validate on; empty where the config asks for none
 * @param dropped rows that were left out because they are too long
 * @param recognised lines that say what the rows are
 */
public record TrainingData(List<Example> examples, List<Example> validation, int dropped, List<String> recognised) {
    /**
     * Reads the files that a config names.
     *
     * @param vocabulary how many ids the model has
     * @param text the model's tokenizer and template, asked for only where rows hold text
     * @throws BadInputException for a row that can't be trained on, with its file and line
     */
    public static TrainingData read(TrainConfig config, int vocabulary, Supplier<ModelText> text) {
        List<String> lines = new ArrayList<>();
        ExampleReader reader = new ExampleReader(config, vocabulary, text);
        List<Example> examples = read(config.data(), reader);
        lines.addAll(reader.recognised().lines(reader.lastAlone()));
        int dropped = reader.recognised().droppedRows();
        if (examples.isEmpty()) {
            throw new BadInputException(
                    "no row to train on", config.data().getFirst().toString(), "give some rows");
        }
        List<Example> validation = switch (config.settings().validation()) {
            case null -> List.of();
            case Validation.OfFile(Path file) -> {
                ExampleReader other = new ExampleReader(config, vocabulary, text);
                List<Example> rows = read(List.of(file), other);
                if (rows.isEmpty()) {
                    throw new BadInputException("no row to validate on", file.toString(), "give some rows");
                }
                lines.add("validation: " + String.join("; ", other.recognised().lines(other.lastAlone())));
                yield rows;
            }
            case Validation.OfRows(double fraction) -> {
                List<Example> rows = takeOut(examples, fraction, config);
                lines.add("validation: " + rows.size() + " of the rows, " + examples.size() + " are left to train on");
                yield rows;
            }
        };
        return new TrainingData(List.copyOf(examples), validation, dropped, lines);
    }

    /** The tokenizer and the template that a training's rows are read with. */
    public static ModelText text(TrainConfig config, ModelSource source) {
        return ModelText.open(config.model(), source.config().eosTokenIds()).at(config.date());
    }

    private static List<Example> read(List<Path> files, ExampleReader reader) {
        List<Example> examples = new ArrayList<>();
        for (Path file : files) {
            JsonRows.forEach(file, row -> {
                ExampleReader.Read read = reader.read(row);
                if (read.dropped() == null) {
                    examples.add(read.example());
                }
            });
        }
        return examples;
    }

    /** Takes this part of the rows out, at least one and not all; the seed chooses which, in the file's order. */
    private static List<Example> takeOut(List<Example> examples, double fraction, TrainConfig config) {
        int n = examples.size();
        if (n < 2) {
            throw new BadInputException(
                    "one row can't be divided for validation",
                    config.data().getFirst().toString(),
                    "give more rows, or a file as validation");
        }
        int count = Math.clamp(Math.round(fraction * n), 1, n - 1);
        int[] order = Philox.permutation(config.seed(), Philox.stream("validation"), n);
        BitSet taken = new BitSet(n);
        for (int i = 0; i < count; i++) {
            taken.set(order[i]);
        }
        List<Example> validation = new ArrayList<>();
        List<Example> left = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            (taken.get(i) ? validation : left).add(examples.get(i));
        }
        examples.clear();
        examples.addAll(left);
        return validation;
    }
}
