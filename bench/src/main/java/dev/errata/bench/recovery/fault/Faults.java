package dev.errata.bench.recovery.fault;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Counts file operations and lets the planned one go wrong. Paths are those of the real file system. */
final class Faults {
    /** As a shell tells a process that SIGKILL ended. */
    private static final int KILLED = 137;

    private final FaultPlan plan;
    private final boolean survives;
    private final Path folder;
    private final Path log;
    private final Random random;
    private final UnforcedBytes unforced = new UnforcedBytes();
    private final Set<FileChannel> open = ConcurrentHashMap.newKeySet();
    private int count;
    private boolean dead;

    /**
     * @param survives whether the process goes on where it should be gone: the disk takes nothing more from it, so that the files are
     *     those that a killed process leaves
     */
    Faults(FaultPlan plan, boolean survives, FileSystem system) {
        this.plan = plan;
        this.survives = survives;
        this.folder = system.getPath(plan.folder());
        this.log = plan.log().isEmpty() ? null : system.getPath(plan.log());
        this.random = new Random(plan.seed());
    }

    void opened(FileChannel channel) {
        open.add(channel);
    }

    void closed(FileChannel channel) {
        open.remove(channel);
    }

    /** Closes what is open, and lets go of locks, as the end of a process does. */
    void end() throws IOException {
        for (FileChannel channel : open) {
            channel.close();
        }
    }

    synchronized boolean isDead() {
        return dead;
    }

    private void die() {
        if (!survives) {
            Runtime.getRuntime().halt(KILLED);
        }
        dead = true;
        throw new ProcessGoneError();
    }

    private void requireLife() {
        if (dead) {
            throw new ProcessGoneError();
        }
    }

    /** Whether operations on this file count. */
    boolean watches(Path path) {
        return path.toAbsolutePath().startsWith(folder);
    }

    /** An operation. */
    interface Operation<T> {
        T run() throws IOException;
    }

    /** A write of some of the bytes it is given. */
    interface Write {
        /**
         * @param most how many bytes
         * @return how many were written
         */
        int run(int most) throws IOException;
    }

    /** Does an operation other than a write, or lets it fail. */
    synchronized <T> T perform(FileOperation operation, Path path, Operation<T> real) throws IOException {
        boolean struck = strikes(operation, path);
        if (struck && plan.kind() != FaultKind.TORN) {
            strike(operation, path);
        }
        T result = real.run();
        if (struck && plan.kind() == FaultKind.TORN) {
            die();
        }
        return result;
    }

    /**
     * Writes bytes, or some of them where the operation is to fail.
     *
     * @param position where in the file
     * @param bytes how many
     */
    synchronized int write(Path path, long position, int bytes, Write real) throws IOException {
        boolean struck = strikes(FileOperation.WRITE, path);
        boolean partly = plan.kind() == FaultKind.TORN || (plan.kind() == FaultKind.FULL && count == plan.at());
        if (struck && partly && bytes > 0) {
            int done = real.run(random.nextInt(bytes));
            unforced.written(path, position);
            if (plan.kind() == FaultKind.TORN) {
                die();
            }
            if (done > 0) {
                return done; // as the system does it: what fits is written, the next call fails
            }
        }
        if (struck) {
            strike(FileOperation.WRITE, path);
        }
        unforced.written(path, position);
        return real.run(bytes);
    }

    UnforcedBytes unforced() {
        return unforced;
    }

    private boolean strikes(FileOperation operation, Path path) throws IOException {
        requireLife();
        count++;
        if (log != null) {
            String line =
                    operation.name().toLowerCase(Locale.ROOT) + " " + folder.relativize(path.toAbsolutePath()) + "\n";
            Files.write(
                    log, line.getBytes(StandardCharsets.UTF_8), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }
        boolean begun = plan.at() > 0 && count >= plan.at();
        return begun && (count == plan.at() || plan.kind().lasts());
    }

    private void strike(FileOperation operation, Path path) throws IOException {
        switch (plan.kind()) {
            case HALT, TORN -> die();
            case POWER -> {
                unforced.lose(random);
                die();
            }
            case FULL -> {
                if (operation.needsRoom()) {
                    throw new FileSystemException(path.toString(), null, "No space left on device");
                }
            }
            case IO -> throw new FileSystemException(path.toString(), null, "Input/output error");
            case READ_ONLY -> throw new FileSystemException(path.toString(), null, "Read-only file system");
            case TERM, INT -> signal(plan.kind().name());
        }
    }

    private static void signal(String name) throws IOException {
        String process = Long.toString(ProcessHandle.current().pid());
        new ProcessBuilder("kill", "-" + name, process).inheritIO().start();
    }
}
