package dev.errata.train.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Writes a small file whole: first as {@code NAME.partial}, flushed to the disk, then renamed. */
public final class AtomicFile {
    private AtomicFile() {}

    /** Writes text in UTF-8; what goes wrong is told as {@link WriteFailure} says. */
    public static void write(Path file, String text) {
        write(file, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Writes bytes. An earlier file of this name is replaced only when the new one is whole. */
    public static void write(Path file, byte[] bytes) {
        Path partial = partialOf(file);
        try {
            Path folder = file.toAbsolutePath().getParent();
            Files.createDirectories(folder);
            try (FileChannel channel = FileChannel.open(
                    partial,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.TRUNCATE_EXISTING)) {
                writeAll(channel, ByteBuffer.wrap(bytes));
                channel.force(true);
            }
            publish(partial, file);
        } catch (IOException e) {
            throw WriteFailure.of(e, file);
        }
    }

    /** The name of the unfinished file. */
    public static Path partialOf(Path file) {
        return file.resolveSibling(file.getFileName() + ".partial");
    }

    /** Gives a finished file its final name, in one step. */
    public static void publish(Path partial, Path file) throws IOException {
        Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** A channel may take less than it is given. */
    public static void writeAll(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
