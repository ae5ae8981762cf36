package dev.errata.pipeline.run;

import dev.errata.model.file.WriteFailure;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.StandardOpenOption;

/** Keeps other processes off a run. The operating system lets go of it when the process dies, however it dies. */
final class RunLock implements AutoCloseable {
    private final FileChannel channel;

    private RunLock(FileChannel channel) {
        this.channel = channel;
    }

    /** Takes the lock; one that another process holds is bad input. */
    static RunLock take(RunFolder folder) {
        try {
            FileChannel channel = FileChannel.open(folder.lock(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (lock(channel) == null) {
                channel.close();
                throw new BadInputException(
                        "another process works on this run",
                        folder.path().toString(),
                        "wait until it ends or choose another output");
            }
            return new RunLock(channel);
        } catch (IOException e) {
            throw WriteFailure.of(folder.lock(), e);
        }
    }

    private static FileLock lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new IllegalStateException("a lock that cannot be let go", e);
        }
    }
}
