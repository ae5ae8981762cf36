package dev.errata.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.model.weights.ModelSource;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import dev.errata.tensor.BadInputException;
import dev.errata.train.config.TrainConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole trainings with 8-bit and paged moments. */
class PagedTrainingTest {
    /** 600 thousand parameters, whose moments are 4.8 MB in 32 bits and 1.2 MB in 8. */
    private static final String WIDE = "lora={r: 256, lora_alpha: 256, lora_dropout: 0.1}";

    private static final String EIGHT_BIT_PAGED =
            "optimizer={name: adamw8bit, min_8bit_size: 20000, paged: true, page_budget_mb: 1}";

    @TempDir
    private Path folder;

    private TrainConfig config(String output, String... overrides) throws IOException {
        Path file = Files.writeString(
                folder.resolve(output + ".yaml"),
                "model: " + Recorded.MODEL + "\ndata: rows.jsonl\noutput: " + output + "\n");
        return TrainConfig.read(file, List.of(overrides));
    }

    private static Trainer.Outcome train(TrainConfig config, int threads, StopSignal stop) {
        try (Backend backend = Backends.choose("cpu", threads)) {
            try (ModelSource source = ModelSource.open(config.model())) {
                return new Trainer(config, backend, Progress.silent(), stop).train(source, Recorded.rows());
            } finally {
                assertThat(backend.liveBytes()).isZero();
            }
        }
    }

    private static Trainer.Outcome train(TrainConfig config) {
        return train(config, 2, new StopSignal());
    }

    private static byte[] adapter(TrainConfig config) throws IOException {
        return Files.readAllBytes(config.output().resolve("adapter").resolve("adapter_model.safetensors"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void followsBitsandbytesTrajectory(boolean paged) throws IOException {
        TrainConfig config = config(
                "out",
                "adapter=" + Recorded.path("lora/traj-init"),
                "optimizer={name: adamw8bit, learning_rate: 1.0e-3, min_8bit_size: 256, paged: " + paged + "}",
                "quantization={format: nf4, double_quant: true}",
                "steps=20",
                "micro_batch_size=4");
        train(config);
        JsonNode recorded = Recorded.json("lora/traj.json").get("qlora_nf4_dq_f32_paged_adamw_8bit");
        double[] losses = Recorded.doubles(recorded.get("loss"));
        List<StepRecord> steps = MetricsLog.read(config.output().resolve("metrics.jsonl"));
        for (int i = 0; i < losses.length; i++) {
            assertThat(steps.get(i).loss()).as("loss of step %d", i + 1).isCloseTo(losses[i], within(1e-4));
        }
    }

    @ParameterizedTest
    @CsvSource({"adamw, 1", "adamw, 2", "adamw8bit, 1", "lion, 1"})
    void pagingChangesNoBitNorDoThreads(String name, int budget) throws IOException {
        String optimizer = "optimizer={name: " + name + ", min_8bit_size: 20000, page_budget_mb: " + budget;
        TrainConfig plain = config("plain", WIDE, "steps=3", optimizer + "}");
        TrainConfig paged = config("paged", WIDE, "steps=3", optimizer + ", paged: true}");
        assertThat(train(plain).paging()).isNull();
        Trainer.Outcome outcome = train(paged, 1, new StopSignal());
        assertThat(outcome.paging().pages()).isGreaterThan(16);
        assertThat(outcome.paging().hits()).isPositive();
        assertThat(outcome.paging().bytesOut()).isPositive();
        assertThat(adapter(paged)).isEqualTo(adapter(plain));
        assertThat(Files.readAllBytes(checkpoint(paged, 3))).isEqualTo(Files.readAllBytes(checkpoint(plain, 3)));
        try (var files = Files.list(paged.output())) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("adapter", "checkpoints", "metrics.jsonl");
        }
    }

    private static Path checkpoint(TrainConfig config, int step) {
        return config.output().resolve("checkpoints").resolve("step-" + step + ".safetensors");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                EIGHT_BIT_PAGED,
                "optimizer={name: adamw8bit, min_8bit_size: 20000}",
                "optimizer={name: adamw, paged: true, page_budget_mb: 1}",
                "optimizer={name: lion, paged: true, page_budget_mb: 1}"
            })
    void stoppedAfterEachStepItEndsWithTheSameBits(String optimizer) throws IOException {
        TrainConfig straight = config("straight", WIDE, "steps=4", optimizer);
        train(straight);
        TrainConfig stopped = config("stopped", WIDE, "steps=4", optimizer);
        for (int step = 1; step <= 3; step++) {
            StopSignal stop = new StopSignal();
            stop.request();
            assertThatThrownBy(() -> train(stopped, 2, stop)).isInstanceOf(StoppedException.class);
        }
        train(stopped);
        assertThat(adapter(stopped)).isEqualTo(adapter(straight));
        assertThat(Files.readAllBytes(checkpoint(stopped, 4))).isEqualTo(Files.readAllBytes(checkpoint(straight, 4)));
    }

    @Test
    void a32BitCheckpointDoesNotFitAn8BitTraining() throws IOException {
        TrainConfig wide = config("other", WIDE, "steps=2");
        StopSignal stop = new StopSignal();
        stop.request();
        assertThatThrownBy(() -> train(wide, 2, stop)).isInstanceOf(StoppedException.class);
        TrainConfig eight = config("other", WIDE, "steps=2", EIGHT_BIT_PAGED);
        assertThatThrownBy(() -> train(eight))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("checkpoint does not fit this training")
                .hasMessageContaining("m_codes");
    }

    @Test
    void saysThatNothingHadToBePaged() throws IOException {
        TrainConfig config = config("small", "lora={r: 4}", "steps=1", "optimizer={paged: true}");
        assertThat(train(config).paging().pages()).isZero();
    }
}
