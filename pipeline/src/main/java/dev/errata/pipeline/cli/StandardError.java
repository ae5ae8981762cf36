package dev.errata.pipeline.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;

/**
 * The stderr that the user sees. Until the program begins, the launcher lets the JVM write to a pipe with a filter behind
 * it, and keeps the real stderr under the descriptor that the system property {@code errata.stderr} names.
 */
final class StandardError {
    private static final int STDERR = 2;

    private StandardError() {}

    /** Puts the real one back in its place, which ends the pipe and the filter with it, and opens it. */
    static PrintStream open() {
        Integer kept = Integer.getInteger("errata.stderr");
        if (kept != null) {
            replaceBy(kept);
        }
        PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
        System.setErr(err);
        return err;
    }

    /** POSIX's {@code dup2} and {@code close}; should they fail, all goes through the filter, which loses nothing else. */
    @SuppressWarnings("restricted")
    private static void replaceBy(int descriptor) {
        Linker linker = Linker.nativeLinker();
        var integer = ValueLayout.JAVA_INT;
        MethodHandle duplicate = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("dup2"), FunctionDescriptor.of(integer, integer, integer));
        MethodHandle close = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("close"), FunctionDescriptor.of(integer, integer));
        try {
            if ((int) duplicate.invokeExact(descriptor, STDERR) == STDERR) {
                int ignored = (int) close.invokeExact(descriptor);
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("dup2 can't be called", e);
        }
    }
}
