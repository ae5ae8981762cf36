package dev.errata.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.model.weights.ModelSource;
import dev.errata.tensor.Backends;
import dev.errata.tensor.Op;
import dev.errata.tensor.check.CountingBackend;
import dev.errata.tensor.check.CountingBackend.Downloaded;
import dev.errata.tensor.check.CountingBackend.Event;
import dev.errata.tensor.check.CountingBackend.Ran;
import dev.errata.train.config.TrainConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How often elements cross in a step of training. */
class TrainingTransfersTest {
    /** What a micro-batch needs on the backend, however many layers there are. */
    private static final List<String> MICRO_BATCH = List.of("ids", "positions", "segments", "target rows", "labels");

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({"1, 1, none", "1, 4, none", "4, 1, all", "2, 3, all", "2, 3, none"})
    void aStepUploadsItsBatchesOnceAndDownloadsItsLossesAndTheNorm(
            int microBatchSize, int accumulation, String recompute) throws IOException {
        Path file = Files.writeString(
                folder.resolve("train.yaml"),
                "model: " + Recorded.MODEL + "\ndata: rows.jsonl\noutput: out\nsteps: 2\n"
                        + "lora: {r: 4, lora_alpha: 8, lora_dropout: 0.1}\n");
        TrainConfig config = TrainConfig.read(
                file,
                List.of(
                        "micro_batch_size=" + microBatchSize,
                        "gradient_accumulation_steps=" + accumulation,
                        "recompute=" + recompute));
        List<Event> events;
        try (CountingBackend backend = new CountingBackend(Backends.choose("cpu", 1));
                ModelSource source = ModelSource.open(config.model())) {
            new Trainer(config, backend, Progress.silent(), new StopSignal()).train(source, Recorded.rows());
            events = backend.events();
        }
        List<Integer> norms = placesOf(events, "squared gradient norm");
        assertThat(norms).hasSize(2);
        long targets =
                MetricsLog.read(config.output().resolve("metrics.jsonl")).get(1).targetTokens();
        // From the first step's last download to the second's: the first step's update and all of the second.
        List<Event> step = events.subList(norms.get(0) + 2, norms.get(1) + 2);
        assertThat(step.stream()
                        .filter(CountingBackend.Uploaded.class::isInstance)
                        .map(event -> ((CountingBackend.Uploaded) event).tensor()))
                .containsExactlyElementsOf(Collections.nCopies(accumulation, MICRO_BATCH).stream()
                        .flatMap(List::stream)
                        .toList());
        assertThat(step.stream().filter(Downloaded.class::isInstance))
                .containsExactly(
                        new Downloaded("squared gradient norm", Double.BYTES),
                        new Downloaded("losses", targets * Float.BYTES));
        int lastBackward = lastBackward(step);
        assertThat(step.subList(0, lastBackward)).noneMatch(Downloaded.class::isInstance);
        assertThat(step.subList(lastBackward, step.size())).noneMatch(CountingBackend.Uploaded.class::isInstance);
    }

    private static List<Integer> placesOf(List<Event> events, String tensor) {
        return java.util.stream.IntStream.range(0, events.size())
                .filter(i -> events.get(i) instanceof Downloaded download
                        && download.tensor().equals(tensor))
                .boxed()
                .toList();
    }

    private static int lastBackward(List<Event> events) {
        for (int i = events.size() - 1; i >= 0; i--) {
            if (events.get(i) instanceof Ran(Op.AttentionBackward backward) && backward.dQ() != null) {
                return i;
            }
        }
        throw new AssertionError("no backward");
    }
}
