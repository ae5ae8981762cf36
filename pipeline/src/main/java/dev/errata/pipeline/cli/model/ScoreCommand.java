package dev.errata.pipeline.cli.model;

import dev.errata.pipeline.cli.Command;
import dev.errata.pipeline.cli.Session;
import dev.errata.pipeline.data.JsonRows;
import dev.errata.pipeline.engine.OpenModel;
import dev.errata.train.Progress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code score}: losses and log-probabilities of given tokens, and on request logits, hidden states and gradients. */
@picocli.CommandLine.Command(
        name = "score",
        description = "Loss and log-probabilities of given token ids.",
        footer = {"", "Example:", "  errata score --model MODEL --input rows.jsonl --logits logits.safetensors"})
public final class ScoreCommand implements Command {
    @Mixin
    private ModelOptions options = new ModelOptions();

    @Option(
            names = "--input",
            required = true,
            paramLabel = "F.jsonl",
            description = "input rows; .jsonl, .jsonl.gz, or - for stdin")
    private Path input;

    @Option(names = "--logits", paramLabel = "O.safetensors", description = "write row.N [T, V]")
    private Path logits;

    @Option(names = "--hidden-states", paramLabel = "O.safetensors", description = "write row.N.layer.L [T, C]")
    private Path hiddenStates;

    @Option(
            names = "--gradients",
            paramLabel = "O.safetensors",
            description =
                    "write the gradients of the mean loss over all target tokens, of the adapter or of all weights")
    private Path gradients;

    @Override
    public void run(Session session) {
        try (OpenModel model = gradients == null ? options.open(session) : options.openForGradients(session)) {
            int vocabulary = model.decoder().config().vocabSize();
            List<ScoreRow> rows = JsonRows.readAll(input, row -> ScoreRow.of(row, vocabulary));
            List<RowScores> scores = scores(model, rows, session.progress());
            if (gradients != null) {
                new GradientFile(model).write(gradients, rows);
            }
            scores.forEach(session::row);
        }
    }

    private List<RowScores> scores(OpenModel model, List<ScoreRow> rows, Progress progress) {
        int layers = model.decoder().config().numHiddenLayers() + 1;
        int vocabulary = model.decoder().config().vocabSize();
        int hidden = model.decoder().config().hiddenSize();
        Scorer scorer = new Scorer(model.decoder());
        List<RowScores> scores = new ArrayList<>();
        try (RowTensors logitsFile = logits == null ? null : new RowTensors(logits, rows, 0, vocabulary);
                RowTensors hiddenFile =
                        hiddenStates == null ? null : new RowTensors(hiddenStates, rows, layers, hidden);
                Progress.Bar bar = progress.begin("score", "rows", 0, rows.size())) {
            for (int row = 0; row < rows.size(); row++) {
                if (rows.get(row).live().length == 0) {
                    writeZeros(logitsFile, row, 0, vocabulary);
                    writeZeros(hiddenFile, row, layers, hidden);
                }
                scores.add(scorer.score(rows.get(row), sink(hiddenFile, row), sink(logitsFile, row)));
                bar.advance(1);
            }
            if (logitsFile != null) {
                logitsFile.commit();
            }
            if (hiddenFile != null) {
                hiddenFile.commit();
            }
        }
        return scores;
    }

    private static void writeZeros(RowTensors file, int row, int layers, int columns) {
        if (file != null) {
            file.writeZeros(row, layers, columns);
        }
    }

    private static Scorer.Sink sink(RowTensors file, int row) {
        return file == null ? null : file.sink(row);
    }
}
