package dev.errata.pipeline.folder;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.errata.model.file.AtomicFile;
import dev.errata.model.file.WriteFailure;
import dev.errata.pipeline.data.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * A file of records that grows as {@code NAME.partial} and gets its name when it is whole. Opened again after a kill, it
 * keeps the whole lines and cuts off a torn last one, and what a power loss left behind it.
 */
public final class JsonlAppender implements AutoCloseable {
    private final Path file;
    private final FileChannel channel;
    private int count;

    private JsonlAppender(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /** Opens a file that isn't whole yet, new or begun. */
    public static JsonlAppender open(Path file) {
        return open(file, partialOf(file));
    }

    /** Opens a log, which is never whole and so grows under its own name; nobody finishes it. */
    public static JsonlAppender openLog(Path file) {
        return open(file, file);
    }

    private static JsonlAppender open(Path file, Path growing) {
        try {
            Files.createDirectories(file.getParent());
            FileChannel channel = FileChannel.open(
                    growing, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            JsonlAppender appender = new JsonlAppender(file, channel);
            appender.keepWholeLines();
            return appender;
        } catch (IOException e) {
            throw WriteFailure.of(file, e);
        }
    }

    private static Path partialOf(Path file) {
        return file.resolveSibling(file.getFileName() + ".partial");
    }

    private void keepWholeLines() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
        long at = 0;
        long whole = 0;
        boolean isWhole = true;
        while (isWhole && channel.read(buffer.clear(), at) > 0) {
            buffer.flip();
            for (int i = 0; i < buffer.limit() && isWhole; i++) {
                line.write(buffer.get(i));
                if (buffer.get(i) == '\n') {
                    isWhole = isRecord(line.toString(StandardCharsets.UTF_8));
                    count += isWhole ? 1 : 0;
                    whole = isWhole ? at + i + 1 : whole;
                    line.reset();
                }
            }
            at += buffer.limit();
        }
        if (whole < channel.size()) {
            channel.truncate(whole);
        }
        channel.position(whole);
    }

    private static boolean isRecord(String line) {
        try {
            return Json.parse(line).isObject();
        } catch (JsonProcessingException e) {
            return false;
        }
    }

    /** The records it holds. */
    public int count() {
        return count;
    }

    /** Appends records; they are in the file when this returns. */
    public void append(List<?> records) {
        StringBuilder lines = new StringBuilder();
        records.forEach(record -> lines.append(Json.line(record)).append('\n'));
        try {
            ByteBuffer bytes = ByteBuffer.wrap(lines.toString().getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            throw WriteFailure.of(file, e);
        }
        count += records.size();
    }

    /** All records are there: the file gets its final name. */
    public void finish() {
        try {
            channel.force(true);
            Files.move(partialOf(file), file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            AtomicFile.syncFolder(file.getParent());
        } catch (IOException e) {
            throw WriteFailure.of(file, e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw WriteFailure.of(file, e);
        }
    }
}
