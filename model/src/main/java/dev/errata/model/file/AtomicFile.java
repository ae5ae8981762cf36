package dev.errata.model.file;

import dev.errata.tensor.BadInputException;
import dev.errata.tensor.ErrataException;
import dev.errata.tensor.RunFailedException;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * A file that gets its name only when it is whole: bytes go to {@code NAME.partial}, {@link #commit} flushes them to the
 * disk and renames. Closed without a commit, the unfinished file is removed; after a kill it stays as {@code .partial}
 * and the next attempt overwrites it.
 *
 * <p>All methods throw {@link RunFailedException} when the disk is full and {@link BadInputException} when the place
 * can't be written to; both name the final path.
 */
public final class AtomicFile implements AutoCloseable {
    private static final int CHUNK = 1 << 20;

    private final Path target;
    private final Path partial;
    private final FileChannel channel;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(CHUNK);
    /** Where the bytes end that were written last; the last of them may still be in the buffer. */
    private long end;

    private boolean committed;

    private AtomicFile(Path target, Path partial, FileChannel channel) {
        this.target = target;
        this.partial = partial;
        this.channel = channel;
    }

    /** Begins the file {@code target}; folders above it are made. */
    public static AtomicFile create(Path target) {
        if (Files.isDirectory(target)) {
            throw new BadInputException(
                    "a folder has the name of the output", target.toString(), "choose another name");
        }
        Path partial = target.resolveSibling(target.getFileName() + ".partial");
        try {
            createFolder(target.toAbsolutePath().getParent());
            return new AtomicFile(
                    target,
                    partial,
                    FileChannel.open(
                            partial,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE,
                            StandardOpenOption.TRUNCATE_EXISTING));
        } catch (IOException e) {
            throw WriteFailure.of(target, e);
        }
    }

    /** Writes a whole file at once. */
    public static void write(Path target, byte[] bytes) {
        try (AtomicFile file = create(target)) {
            file.write(MemorySegment.ofArray(bytes));
            file.commit();
        }
    }

    /** Writes a whole file of UTF-8 text at once. */
    public static void write(Path target, String text) {
        write(target, text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Copies a file, whatever its size.
     *
     * @throws IOException if it can't be read
     */
    public static void copy(Path from, Path target) throws IOException {
        try (FileChannel source = FileChannel.open(from, StandardOpenOption.READ);
                Arena arena = Arena.ofConfined();
                AtomicFile file = create(target)) {
            file.write(source.map(FileChannel.MapMode.READ_ONLY, 0, source.size(), arena));
            file.commit();
        }
    }

    /** Appends the bytes of a segment, native or of an array of any kind. */
    public void write(MemorySegment bytes) {
        writeAt(end, bytes);
    }

    /** Writes the bytes of a segment from byte {@code position} of the file on, wherever that is. */
    public void writeAt(long position, MemorySegment bytes) {
        try {
            for (long done = 0; done < bytes.byteSize(); ) {
                if (!buffer.hasRemaining() || position + done != end) {
                    drain();
                    end = position + done;
                }
                int count = (int) Math.min(buffer.remaining(), bytes.byteSize() - done);
                MemorySegment.copy(
                        bytes,
                        ValueLayout.JAVA_BYTE,
                        done,
                        MemorySegment.ofBuffer(buffer),
                        ValueLayout.JAVA_BYTE,
                        0,
                        count);
                buffer.position(buffer.position() + count);
                done += count;
                end += count;
            }
        } catch (IOException e) {
            throw WriteFailure.of(target, e);
        }
    }

    /** A stream that appends to this file. Its {@code close} does nothing: {@link #commit} ends the file. */
    public OutputStream stream() {
        return new OutputStream() {
            @Override
            public void write(int b) {
                AtomicFile.this.write(MemorySegment.ofArray(new byte[] {(byte) b}));
            }

            @Override
            public void write(byte[] bytes, int from, int count) {
                AtomicFile.this.write(MemorySegment.ofArray(bytes).asSlice(from, count));
            }
        };
    }

    /** Flushes the file to the disk and gives it its name. A file of that name is replaced. */
    public void commit() {
        try {
            drain();
            channel.force(true);
            channel.close();
            Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            committed = true;
        } catch (IOException e) {
            throw WriteFailure.of(target, e);
        }
        syncFolder(target.toAbsolutePath().getParent());
    }

    /** Removes the unfinished file unless it was committed. */
    @Override
    public void close() {
        if (committed) {
            return;
        }
        try {
            channel.close();
            Files.deleteIfExists(partial);
        } catch (IOException e) {
            throw WriteFailure.of(partial, e);
        }
    }

    /**
     * Makes a folder and those above it; one that exists is fine.
     *
     * @throws ErrataException if a file is in the way or the place can't be written to
     */
    public static void createFolders(Path folder) {
        try {
            createFolder(folder);
        } catch (IOException e) {
            throw WriteFailure.of(folder, e);
        }
    }

    private static void createFolder(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            for (Path above = folder; above != null; above = above.getParent()) {
                if (Files.exists(above) && !Files.isDirectory(above)) {
                    throw new FileAlreadyExistsException(above.toString());
                }
            }
            Files.createDirectories(folder);
        }
    }

    private void drain() throws IOException {
        long at = end - buffer.position();
        buffer.flip();
        while (buffer.hasRemaining()) {
            at += channel.write(buffer, at);
        }
        buffer.clear();
    }

    /** Makes the names in a folder durable; file systems that can't sync a folder do it in their own time. */
    public static void syncFolder(Path folder) {
        try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
            directory.force(true);
        } catch (IOException e) {
            System.getLogger(AtomicFile.class.getName())
                    .log(System.Logger.Level.DEBUG, "folder not synced: " + folder, e);
        }
    }
}
