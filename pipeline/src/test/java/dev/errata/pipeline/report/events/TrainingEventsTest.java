package dev.errata.pipeline.report.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.train.StepRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingEventsTest {
    private static final String GOLDEN =
            "1800000000000000a37f4b220900000000000000001a0d627261696e2e4576656e743a32eedf28a31b00000000000000"
                    + "1a0d9e1309000000000000f43f10ac022a0d0a0b0a046c6f7373150000003f41b6f835";

    @TempDir
    private Path folder;

    /** TensorBoard 2.21 reads these very bytes: version, then value 0.5 of {@code loss} at step 300, at 1.25 s. */
    @Test
    void aFileHasTheBytesThatTensorBoardReads() {
        EventFile file = new EventFile();
        file.scalar("loss", 300, 1.25, 0.5);
        assertThat(HexFormat.of().formatHex(file.toBytes())).isEqualTo(GOLDEN);
    }

    @Test
    void everyStepHasItsScalars() throws IOException {
        List<StepRecord> steps = List.of(
                new StepRecord(1, 2.0, 1.0, 1e-4, 100, 50, null), new StepRecord(2, 1.5, 0.5, 1e-4, 100, 50, 1.75));
        TrainingEvents.write(folder.resolve("events"), steps);
        EventFile wanted = new EventFile();
        wanted.scalar("loss", 1, 2, 2.0);
        wanted.scalar("grad_norm", 1, 2, 1.0);
        wanted.scalar("lr", 1, 2, 1e-4);
        wanted.scalar("tokens_per_second", 1, 2, 50);
        wanted.scalar("loss", 2, 4, 1.5);
        wanted.scalar("grad_norm", 2, 4, 0.5);
        wanted.scalar("lr", 2, 4, 1e-4);
        wanted.scalar("tokens_per_second", 2, 4, 50);
        wanted.scalar("validation_loss", 2, 4, 1.75);
        assertThat(Files.readAllBytes(folder.resolve("events/events.out.tfevents.errata")))
                .isEqualTo(wanted.toBytes());
    }

    @Test
    void aTrainingWithoutStepsLeavesNoFile() {
        TrainingEvents.write(folder.resolve("events"), List.of());
        assertThat(folder.resolve("events")).doesNotExist();
    }
}
