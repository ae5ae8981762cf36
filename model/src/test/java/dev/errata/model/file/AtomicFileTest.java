package dev.errata.model.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.errata.tensor.BadInputException;
import dev.errata.tensor.RunFailedException;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
    @TempDir
    Path folder;

    @Test
    void hasItsNameOnlyOnceItIsWhole() throws IOException {
        Path path = folder.resolve("a/b.txt");
        byte[] large = new byte[3_000_001];
        large[large.length - 1] = 42;
        try (AtomicFile file = AtomicFile.create(path);
                OutputStream stream = file.stream()) {
            stream.write(7);
            stream.write(large, 1, large.length - 1);
            assertThat(path).doesNotExist();
            file.commit();
        }
        assertThat(Files.readAllBytes(path)).hasSize(large.length).startsWith(7).endsWith(42);
        assertThat(path.resolveSibling("b.txt.partial")).doesNotExist();
    }

    @Test
    void copiesFilesOfAnySize() throws IOException {
        for (int size : new int[] {0, 1, 3_000_001}) {
            byte[] bytes = new byte[size];
            Arrays.fill(bytes, (byte) 5);
            Path from = Files.write(folder.resolve("from"), bytes);
            Path to = folder.resolve("below/to");
            AtomicFile.copy(from, to);
            assertThat(to).hasBinaryContent(bytes);
            assertThat(to.resolveSibling("to.partial")).doesNotExist();
        }
    }

    @Test
    void keepsTheOldFileWhereTheNewOneFails() {
        Path path = folder.resolve("b.txt");
        AtomicFile.write(path, "old");
        try (AtomicFile file = AtomicFile.create(path)) {
            file.write(MemorySegment.ofArray(new byte[10]));
        }
        assertThat(path).hasContent("old");
        AtomicFile.write(path, "new");
        assertThat(path).hasContent("new");
        assertThat(folder).isDirectoryNotContaining("glob:**.partial");
    }

    @Test
    void namesAPlaceBelowAFileAndAFolderInTheWay() throws IOException {
        Path wall = Files.createFile(folder.resolve("a-file"));
        assertThatExceptionOfType(BadInputException.class)
                .isThrownBy(() -> AtomicFile.create(wall.resolve("x/y.txt")))
                .withMessageContaining("a-file");
        assertThatExceptionOfType(BadInputException.class)
                .isThrownBy(() -> AtomicFile.createFolders(wall.resolve("x")))
                .withMessageContaining("a-file");
        assertThatExceptionOfType(BadInputException.class)
                .isThrownBy(() -> AtomicFile.create(folder))
                .withMessageContaining(folder.toString());
    }

    @Test
    void aFullDiskIsAFailedRunAndSaysWhatToDo() {
        Path full = Path.of("/dev/full");
        assumeThat(full).as("a device that is always full").exists();
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> {
                    try (FileChannel channel = FileChannel.open(full, StandardOpenOption.WRITE)) {
                        channel.write(ByteBuffer.wrap(new byte[1]));
                    }
                })
                .satisfies(e -> assertThat(WriteFailure.of(Path.of("out.bin"), e))
                        .isInstanceOf(RunFailedException.class)
                        .hasMessage("disk is full: out.bin: free some space and run the same command again"));
    }

    @Test
    void aReadOnlyDiskIsBadInputAndAnythingElseAFailedRun() {
        Path path = Path.of("out.bin");
        assertThat(WriteFailure.of(path, new FileSystemException("out.bin", null, "Read-only file system")))
                .isInstanceOf(BadInputException.class);
        assertThat(WriteFailure.of(path, new IOException("Input/output error"))).isInstanceOf(RunFailedException.class);
        assertThat(WriteFailure.of(path, new IOException((String) null))).isInstanceOf(RunFailedException.class);
    }
}
