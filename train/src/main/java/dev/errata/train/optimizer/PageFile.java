package dev.errata.train.optimizer;

import dev.errata.model.file.AtomicFile;
import dev.errata.model.file.WriteFailure;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A memory-mapped file of zeros to begin with, whose bytes all have their place on the disk before the first is used: a
 * full disk shows now and not midway. It has no name once it is open and so is gone with the process, however that ends.
 */
final class PageFile implements AutoCloseable {
    private static final int CHUNK = 1 << 20;

    private final Path path;
    private final FileChannel channel;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory;

    /**
     * @throws dev.errata.tensor.ErrataException if the disk is full or the place can't be written to
     */
    PageFile(Path path, long bytes) {
        this.path = path;
        AtomicFile.createFolders(path.toAbsolutePath().getParent());
        try {
            channel = FileChannel.open(
                    path,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.DELETE_ON_CLOSE);
        } catch (IOException e) {
            throw WriteFailure.of(path, e);
        }
        try {
            ByteBuffer zeros = ByteBuffer.allocateDirect((int) Math.min(CHUNK, bytes));
            for (long at = 0; at < bytes; ) {
                zeros.clear().limit((int) Math.min(zeros.capacity(), bytes - at));
                at += channel.write(zeros, at);
            }
            memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes, arena);
        } catch (IOException e) {
            close();
            throw WriteFailure.of(path, e);
        }
    }

    Path path() {
        return path;
    }

    MemorySegment memory() {
        return memory;
    }

    @Override
    public void close() {
        arena.close();
        try {
            channel.close();
        } catch (IOException e) {
            throw WriteFailure.of(path, e);
        }
    }
}
