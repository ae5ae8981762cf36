package dev.errata.train.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.tensor.BadInputException;
import dev.errata.tensor.RunFailedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class WriteFailureTest {
    @TempDir
    private Path folder;

    @Test
    void saysThatTheDiskIsFull() {
        assertThat(WriteFailure.of(new IOException("No space left on device"), Path.of("a.jsonl")))
                .isInstanceOf(RunFailedException.class)
                .hasMessageContaining("disk is full")
                .hasMessageContaining("a.jsonl");
    }

    @Test
    void meetsAFullDiskOnDevFull() {
        Path full = Path.of("/dev/full");
        Assumptions.assumeTrue(Files.isWritable(full), "no /dev/full here");
        assertThatThrownBy(() -> {
                    try {
                        Files.write(full, new byte[1 << 16]);
                    } catch (IOException e) {
                        throw WriteFailure.of(e, full);
                    }
                })
                .isInstanceOf(RunFailedException.class)
                .hasMessageContaining("disk is full");
    }

    @Test
    void namesAFolderThatCannotBeMadeBelowAFile() throws IOException {
        Path wall = Files.createFile(folder.resolve("a-file"));
        assertThatThrownBy(() -> WriteFailure.requireFolder(wall.resolve("run")))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("a-file");
        assertThatThrownBy(() -> AtomicFile.write(wall.resolve("x.json"), "{}"))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("a-file");
    }

    @Test
    void replacesAFileWholeAndLeavesNoPartialOne() throws IOException {
        Path file = folder.resolve("sub/x.json");
        AtomicFile.write(file, "one");
        AtomicFile.write(file, "two");
        assertThat(file).hasContent("two");
        assertThat(AtomicFile.partialOf(file)).doesNotExist();
    }
}
