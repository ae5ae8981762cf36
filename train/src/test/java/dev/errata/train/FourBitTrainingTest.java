package dev.errata.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.model.config.HuggingFaceConfig;
import dev.errata.model.weights.ModelSource;
import dev.errata.tensor.Backend;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.reference.ReferenceBackend;
import dev.errata.train.config.TrainConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training on a checkpoint that is stored in 4 bits. */
class FourBitTrainingTest {
    private static final Path MODEL = Path.of(
                    "..", "model", "src", "test", "resources", "oracle", "hf4bit", "llama2-nf4-dq")
            .toAbsolutePath()
            .normalize();

    @TempDir
    private Path folder;

    private TrainConfig config(String output, String... overrides) throws IOException {
        Path file = Files.writeString(
                folder.resolve(output + ".yaml"),
                "model: " + MODEL + "\ndata: rows.jsonl\noutput: " + output + "\nsteps: 2\nlora: {r: 2}\n");
        return TrainConfig.read(file, List.of(overrides));
    }

    private static List<StepRecord> train(TrainConfig config) {
        try (Backend backend = new ReferenceBackend();
                ModelSource source = ModelSource.open(config.model())) {
            new Trainer(config, backend, Progress.silent(), new StopSignal()).train(source, Recorded.rows());
        }
        return MetricsLog.read(config.output().resolve("metrics.jsonl"));
    }

    @Test
    void theStoredWeightsAreTrainedOnWhetherOrNotTheirQuantizationIsNamed() throws IOException {
        List<StepRecord> unnamed = train(config("unnamed"));
        List<StepRecord> named = train(config("named", "quantization={format: nf4, block_size: 64}"));
        assertThat(named).hasSize(2);
        for (int i = 0; i < 2; i++) {
            assertThat(named.get(i).loss()).isEqualTo(unnamed.get(i).loss()).isPositive();
            assertThat(named.get(i).gradNorm()).isEqualTo(unnamed.get(i).gradNorm());
        }
    }

    @Test
    void anotherQuantizationAndTrainingAllWeightsAreRefused() throws IOException {
        TrainConfig other = config("other", "quantization={format: fp4}");
        assertThatThrownBy(() -> train(other))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("q_proj.weight is stored as nf4 in blocks of 64 with double quantization")
                .hasMessageContaining("not as fp4");
        Path file = Files.writeString(
                folder.resolve("full.yaml"),
                "model: " + MODEL + "\ndata: rows.jsonl\noutput: full\nsteps: 1\nfull_fine_tuning: true\n");
        TrainConfig full = TrainConfig.read(file, List.of());
        assertThatThrownBy(() -> train(full))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("q_proj.weight is stored in 4 bits")
                .hasMessageContaining("full_fine_tuning");
    }

    @Test
    void thePlanCountsTheStoredBits() throws IOException {
        MemoryPlan unnamed = MemoryPlan.of(
                HuggingFaceConfig.read(MODEL), MODEL, config("plan").settings(), MemoryBudget.of("cpu"));
        MemoryPlan named = MemoryPlan.of(
                HuggingFaceConfig.read(MODEL),
                MODEL,
                config("named-plan", "quantization={format: nf4}").settings(),
                MemoryBudget.of("cpu"));
        assertThat(unnamed).isEqualTo(named);
    }
}
