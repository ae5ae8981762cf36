package dev.errata.bench.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.bench.TinyTraining;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FlightRecorderTest {
    @TempDir
    private Path folder;

    @Test
    void stepsAndOperatorsAreEvents() throws IOException {
        TinyTraining training = TinyTraining.in(folder, "lora: {r: 4, lora_alpha: 8}");
        Path file = folder.resolve("training.jfr");
        try (Recording recording = new Recording()) {
            recording.start();
            training.trained();
            recording.stop();
            recording.dump(file);
        }
        List<RecordedEvent> events = RecordingFile.readAllEvents(file);
        assertThat(events)
                .filteredOn(event -> event.getEventType().getName().equals("dev.errata.Step"))
                .extracting(event -> event.getInt("step"))
                .containsExactlyInAnyOrder(1, 2, 3, 4, 5, 6, 7, 8);
        assertThat(events)
                .filteredOn(event -> event.getEventType().getName().equals("dev.errata.Operator"))
                .extracting(event -> event.getString("operator"))
                .contains("Linear", "AttentionBackward", "AdamWStep");
    }
}
