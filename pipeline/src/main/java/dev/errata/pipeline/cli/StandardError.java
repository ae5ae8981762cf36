package dev.errata.pipeline.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Constructor;
import java.nio.charset.StandardCharsets;

/**
 * The stderr that the user sees. The launcher gives it under another descriptor, named by the system property {@code
 * errata.stderr}, as what the JVM itself writes to descriptor 2 goes through a filter.
 */
final class StandardError {
    private StandardError() {}

    /** Opens it, and makes it {@link System#err} too. */
    static PrintStream open() {
        PrintStream err = new PrintStream(new FileOutputStream(descriptor()), true, StandardCharsets.UTF_8);
        System.setErr(err);
        return err;
    }

    /** Java has no public way to a descriptor that was inherited; where this one is closed, descriptor 2 serves as well. */
    private static FileDescriptor descriptor() {
        Integer number = Integer.getInteger("errata.stderr");
        if (number == null) {
            return FileDescriptor.err;
        }
        try {
            Constructor<FileDescriptor> constructor = FileDescriptor.class.getDeclaredConstructor(int.class);
            constructor.setAccessible(true);
            return constructor.newInstance(number);
        } catch (ReflectiveOperationException | RuntimeException e) {
            return FileDescriptor.err;
        }
    }
}
