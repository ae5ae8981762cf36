package dev.errata.pipeline.watch;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * A file of records that somebody else appends to, under its partial name or its final one: how many lines are whole, and the
 * last of them. Each look reads what came since the one before, so that following a long file costs what it grows by.
 */
final class GrowingRecords {
    private static final int PIECE = 1 << 16;

    private final Path file;
    private final int kept;
    private final String mark;
    private final Deque<String> last = new ArrayDeque<>();
    private long offset;
    private long count;
    private long matching;

    /**
     * @param file its final name
     * @param kept how many of the last lines are kept
     * @param mark lines that hold it are counted beside; null: none are
     */
    GrowingRecords(Path file, int kept, String mark) {
        this.file = file;
        this.kept = kept;
        this.mark = mark;
    }

    /** The two names that a file of records may have, its final one first. */
    static List<Path> names(Path file) {
        return List.of(file, file.resolveSibling(file.getFileName() + ".partial"));
    }

    /** Reads on. A file that has become shorter was begun anew, or cut back by a run that resumed: it is read from its start. */
    void look() {
        for (Path each : names(file)) {
            if (Files.isRegularFile(each) && follow(each)) {
                return;
            }
        }
        forget();
    }

    private boolean follow(Path path) {
        try (SeekableByteChannel channel = Files.newByteChannel(path)) {
            if (channel.size() < offset || !endsALine(channel)) {
                forget();
            }
            channel.position(offset);
            read(channel);
            return true;
        } catch (IOException e) {
            return false; // renamed or removed just now: the next look finds its other name
        }
    }

    /** Whether what was read so far still ends a line: not so where the file was cut back and has grown again since. */
    private boolean endsALine(SeekableByteChannel channel) throws IOException {
        if (offset == 0) {
            return true;
        }
        ByteBuffer end = ByteBuffer.allocate(1);
        channel.position(offset - 1);
        return channel.read(end) == 1 && end.get(0) == '\n';
    }

    private void read(SeekableByteChannel channel) throws IOException {
        ByteBuffer piece = ByteBuffer.allocate(PIECE);
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (channel.read(piece.clear()) > 0) {
            piece.flip();
            while (piece.hasRemaining()) {
                byte value = piece.get();
                if (value == '\n') {
                    add(line.toString(StandardCharsets.UTF_8));
                    offset += line.size() + 1L;
                    line.reset();
                } else {
                    line.write(value);
                }
            }
        }
    }

    private void add(String line) {
        count++;
        matching += mark != null && line.contains(mark) ? 1 : 0;
        last.addLast(line);
        if (last.size() > kept) {
            last.removeFirst();
        }
    }

    private void forget() {
        offset = 0;
        count = 0;
        matching = 0;
        last.clear();
    }

    /** Whole lines as of the last look. */
    long count() {
        return count;
    }

    /** Those of them that hold the mark. */
    long matching() {
        return matching;
    }

    /** The last ones, oldest first. */
    List<String> last() {
        return List.copyOf(last);
    }
}
