package dev.errata.pipeline.fuzz;

import com.sun.management.ThreadMXBean;
import dev.errata.tensor.ErrataException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * One input, whatever it holds, in front of a parser: the parser ends well or with a sentence for the user, and what it
 * allocates is in proportion to the input. Time is bounded from outside.
 */
final class Trial {
    /** What a parser may allocate for an empty file, in bytes. */
    private static final long FIXED = 16L << 20;
    /** What it may allocate for each byte more. */
    private static final long PER_BYTE = 1000;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final Path FOLDER = folder();

    private Trial() {}

    /** Runs a parser on an input of so many bytes. */
    static void run(int bytes, Runnable parser) {
        run(FIXED + PER_BYTE * bytes, bytes, parser);
    }

    /**
     * Runs a parser that may do work beyond its input.
     *
     * @param bound the bytes that it may allocate in all, garbage included
     */
    static void run(long bound, int bytes, Runnable parser) {
        if (allocated(parser) > bound) {
            // The first run may have loaded classes, and a fuzzer instruments them while it does.
            long again = allocated(parser);
            if (again > bound) {
                throw new AssertionError(again + " bytes allocated for an input of " + bytes);
            }
        }
    }

    private static long allocated(Runnable parser) {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        try {
            parser.run();
        } catch (ErrataException refused) {
            requireSentence(refused);
        }
        return THREADS.getCurrentThreadAllocatedBytes() - before;
    }

    private static void requireSentence(ErrataException refused) {
        boolean whole = !refused.what().isBlank()
                && !refused.where().isBlank()
                && !refused.remedy().isBlank()
                && !refused.what().contains(":");
        if (!whole) {
            throw new AssertionError("not a sentence of three parts: " + refused.getMessage(), refused);
        }
    }

    /** A folder of this input alone, whose files of the last input are overwritten. */
    static Path file(String name, byte[] content) {
        Path file = FOLDER.resolve(name);
        try {
            Files.write(file, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return file;
    }

    private static Path folder() {
        try {
            Path folder = Files.createTempDirectory("fuzz");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(folder)));
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void remove(Path folder) {
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
            Files.delete(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
