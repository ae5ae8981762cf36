package dev.errata.pipeline.folder;

import dev.errata.model.file.WriteFailure;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Keeps other processes off a run or a training. The operating system lets go of it when the process dies, however it dies. */
public final class RunLock implements AutoCloseable {
    /** In the folder that is locked. */
    static final String FILE = ".lock";

    private final FileChannel channel;

    private RunLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Takes the lock of a folder that is there, by the file {@code .lock} in it, which stays, empty.
     *
     * @throws BadInputException if another process holds it
     */
    public static RunLock take(Path folder) {
        Path file = folder.resolve(FILE);
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (lock(channel) == null) {
                channel.close();
                throw new BadInputException(
                        "another process works on this run",
                        folder.toString(),
                        "wait until it ends or choose another output");
            }
            return new RunLock(channel);
        } catch (IOException e) {
            throw WriteFailure.of(file, e);
        }
    }

    private static FileLock lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    /** Lets go. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new IllegalStateException("a lock that cannot be let go", e);
        }
    }
}
