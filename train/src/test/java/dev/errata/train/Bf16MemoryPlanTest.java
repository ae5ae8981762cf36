package dev.errata.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.model.weights.ModelSource;
import dev.errata.train.config.TrainConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Bf16MemoryPlanTest {
    @TempDir
    private Path folder;

    private MemoryPlan.Bytes plan(String... overrides) throws IOException {
        Path file = Files.writeString(
                folder.resolve("plan.yaml"),
                "model: " + Recorded.MODEL + "\ndata: rows.jsonl\noutput: out\nsteps: 1\nrecompute: none\n");
        TrainConfig config = TrainConfig.read(file, List.of(overrides));
        try (ModelSource source = ModelSource.open(config.model())) {
            return MemoryPlan.of(source.config(), config.model(), config.settings(), MemoryBudget.of("cpu"))
                    .bytes();
        }
    }

    @Test
    void bf16OfAFrozenBaseHalvesItsMatricesAndLeavesWhatIsTrained() throws IOException {
        for (String quantization : new String[] {"micro_batch_size=4", "quantization={format: nf4}"}) {
            MemoryPlan.Bytes f32 = plan("lora={r: 4}", quantization);
            MemoryPlan.Bytes bf16 = plan("lora={r: 4}", quantization, "dtype=bf16");
            assertThat(bf16.adapters()).isEqualTo(f32.adapters());
            assertThat(bf16.gradients()).isEqualTo(f32.gradients());
            if (quantization.startsWith("quantization")) {
                assertThat(bf16.weights()).isEqualTo(f32.weights());
            } else {
                assertThat(bf16.weights()).isLessThan(f32.weights() * 2 / 3);
            }
        }
    }

    @Test
    void recomputationBoundsWhatFullFineTuningInBf16HoldsOfRoundedWeights() throws IOException {
        MemoryPlan.Bytes kept = plan("full_fine_tuning=true", "dtype=bf16");
        MemoryPlan.Bytes recomputed = plan("full_fine_tuning=true", "dtype=bf16", "recompute=all");
        assertThat(recomputed.weights()).isEqualTo(kept.weights());
        assertThat(recomputed.activations()).isLessThan(kept.activations());
    }
}
