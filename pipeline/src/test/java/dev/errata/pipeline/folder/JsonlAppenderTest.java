package dev.errata.pipeline.folder;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class JsonlAppenderTest {
    @TempDir
    private Path folder;

    @Test
    void keepsWholeLinesAndCutsATornOneAtEveryLength() throws IOException {
        Path file = folder.resolve("rows.jsonl");
        Path partial = folder.resolve("rows.jsonl.partial");
        List<Map<String, String>> rows = List.of(Map.of("a", "ä\n"), Map.of("b", ""), Map.of("c", "zz"));
        try (JsonlAppender appender = JsonlAppender.open(file)) {
            appender.append(rows);
        }
        byte[] whole = Files.readAllBytes(partial);
        for (int length = 0; length <= whole.length; length++) {
            Files.write(partial, Arrays.copyOf(whole, length));
            try (JsonlAppender appender = JsonlAppender.open(file)) {
                appender.append(rows.subList(appender.count(), rows.size()));
                assertThat(appender.count()).isEqualTo(3);
            }
            assertThat(Files.readAllBytes(partial)).as("cut at %d", length).isEqualTo(whole);
        }
    }

    /** File systems may leave zeros for bytes that never came to the disk, and later ones that did. */
    @Test
    void cutsOffWhatAPowerLossLeavesBehindTheWholeLines() throws IOException {
        Path file = folder.resolve("rows.jsonl");
        Path partial = folder.resolve("rows.jsonl.partial");
        for (String left : List.of("\0\0\0\0", "\0\0\n{\"a\":2}\n", "{\"a\":\n{\"a\":2}\n", "\n", "7\n")) {
            Files.writeString(partial, "{\"a\":1}\n" + left);
            try (JsonlAppender appender = JsonlAppender.open(file)) {
                assertThat(appender.count()).as("behind %s", left).isEqualTo(1);
            }
            assertThat(partial).hasContent("{\"a\":1}\n");
        }
    }

    @Test
    void givesTheFileItsNameOnlyWhenItIsFinished() throws IOException {
        Path file = folder.resolve("deep/rows.jsonl");
        try (JsonlAppender appender = JsonlAppender.open(file)) {
            appender.append(List.of(Map.of("a", 1)));
            assertThat(file).doesNotExist();
            appender.finish();
        }
        assertThat(file).hasContent("{\"a\":1}\n");
        assertThat(folder.resolve("deep/rows.jsonl.partial")).doesNotExist();
    }

    @Test
    void readsBackMoreThanOneBufferOfRecords() throws IOException {
        Path file = folder.resolve("rows.jsonl");
        String line = "{\"a\":\"" + "x".repeat(997) + "\"}\n";
        Files.writeString(folder.resolve("rows.jsonl.partial"), line.repeat(300) + "{\"a\":");
        try (JsonlAppender appender = JsonlAppender.open(file)) {
            assertThat(appender.count()).isEqualTo(300);
        }
        assertThat(folder.resolve("rows.jsonl.partial")).hasSize(line.length() * 300L);
    }
}
