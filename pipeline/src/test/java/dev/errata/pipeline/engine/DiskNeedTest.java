package dev.errata.pipeline.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.tensor.RunFailedException;
import dev.errata.train.MemoryPlan;
import dev.errata.train.config.TrainConfig;
import dev.errata.train.config.TrainSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DiskNeedTest {
    private static final long GRADIENTS = 1000;
    private static final long MOMENTS = 2000;

    @TempDir
    private Path folder;

    private TrainSettings settings(String... overrides) throws IOException {
        Path file = Files.writeString(
                folder.resolve("train.yaml"),
                "{model: m, data: d.jsonl, output: out, lora: {r: 1}, checkpoint_every: 4, keep_checkpoints: 2}\n");
        return TrainConfig.read(file, List.of(overrides)).settings();
    }

    private static MemoryPlan.Bytes plan(long gradients) {
        return new MemoryPlan.Bytes(0, gradients, gradients, MOMENTS, 0, 0, 0, 0);
    }

    @Test
    void countsCheckpointsWithTheNextOneAndTheResults() throws IOException {
        assertThat(DiskNeed.bytes(plan(GRADIENTS), settings("steps=10")))
                .isEqualTo(3 * (GRADIENTS + MOMENTS) + 2 * GRADIENTS);
    }

    @Test
    void countsTheResultOfEachCheckpointWhereAllAreKept() throws IOException {
        assertThat(DiskNeed.bytes(plan(GRADIENTS), settings("steps=10", "keep_results=all")))
                .isEqualTo(3 * (GRADIENTS + MOMENTS) + (2 + 3) * GRADIENTS);
    }

    @Test
    void whatNoDiskHoldsIsRefusedAndWhatIsThereAlreadyIsNotAskedForAgain() throws IOException {
        TrainSettings settings = settings("steps=10");
        MemoryPlan.Bytes huge = plan(1L << 58);
        Path output = folder.resolve("not/there/yet");
        assertThatThrownBy(() -> DiskNeed.require(huge, settings, output, 0))
                .isInstanceOf(RunFailedException.class)
                .hasMessageContaining("of disk");
        assertThatCode(() -> DiskNeed.require(huge, settings, output, DiskNeed.bytes(huge, settings)))
                .doesNotThrowAnyException();
        assertThat(folder.resolve("not")).doesNotExist();
    }
}
