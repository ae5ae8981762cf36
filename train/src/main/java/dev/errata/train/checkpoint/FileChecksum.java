package dev.errata.train.checkpoint;

import dev.errata.model.file.AtomicFile;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/** The CRC-32C of a file's bytes in a small file beside it, {@code NAME.crc32c}, which is written once the file is whole. */
final class FileChecksum {
    private static final long CHUNK = 1 << 26;

    private final Path file;

    FileChecksum(Path file) {
        this.file = file;
    }

    Path path() {
        return file.resolveSibling(file.getFileName() + ".crc32c");
    }

    /** Writes it. */
    void write() {
        AtomicFile.write(path(), (ofFile() + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    /** Whether it is there: else whoever wrote the file was killed before it was done. */
    boolean isThere() {
        return Files.exists(path());
    }

    /** Whether the file's bytes are still those that were written. */
    boolean fits() {
        try {
            return Files.readString(path(), StandardCharsets.US_ASCII).strip().equals(ofFile());
        } catch (IOException e) {
            return false;
        }
    }

    private String ofFile() {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
                Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            CRC32C sum = new CRC32C();
            for (long from = 0; from < bytes.byteSize(); from += CHUNK) {
                sum.update(bytes.asSlice(from, Math.min(CHUNK, bytes.byteSize() - from))
                        .asByteBuffer());
            }
            return HexFormat.of().toHexDigits((int) sum.getValue());
        } catch (IOException e) {
            throw new BadInputException("a checkpoint cannot be read", file.toString(), "check its permissions", e);
        }
    }
}
