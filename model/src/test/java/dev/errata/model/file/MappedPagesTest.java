package dev.errata.model.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MappedPagesTest {
    private static final int BYTES = 8 << 20;

    @TempDir
    private Path folder;

    @Test
    void pagesThatWereGivenBackAreNoLongerInMemoryAndReadTheSame() throws IOException {
        byte[] bytes = new byte[BYTES];
        for (int i = 0; i < BYTES; i++) {
            bytes[i] = (byte) (i * 31 + i / 4096);
        }
        Path file = Files.write(folder.resolve("f"), bytes);
        try (Arena arena = Arena.ofShared()) {
            MemorySegment mapped = MappedFile.map(file, arena);
            int first = Arrays.hashCode(mapped.toArray(ValueLayout.JAVA_BYTE));
            MappedPages.release(mapped.asSlice(5));
            long resident = resident(file);
            assertThat(resident).isLessThan(BYTES / 2);
            assertThat(Arrays.hashCode(mapped.toArray(ValueLayout.JAVA_BYTE))).isEqualTo(first);
            assertThat(Arrays.hashCode(bytes)).isEqualTo(first);
        }
    }

    @Test
    void memoryThatIsNotMappedIsLeftAlone() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(BYTES);
            memory.fill((byte) 7);
            MappedPages.release(memory);
            assertThat(memory.get(ValueLayout.JAVA_BYTE, BYTES / 2)).isEqualTo((byte) 7);
        }
    }

    /** Bytes of this process's mapping of a file that are in memory; 0 where the system does not tell. */
    private static long resident(Path file) throws IOException {
        Path maps = Path.of("/proc/self/smaps");
        if (!Files.isReadable(maps)) {
            return 0;
        }
        String name = file.toRealPath().toString();
        try (Stream<String> lines = Files.lines(maps)) {
            return lines.dropWhile(line -> !line.endsWith(name))
                    .filter(line -> line.startsWith("Rss:"))
                    .findFirst()
                    .map(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                    .orElse(0L);
        }
    }
}
