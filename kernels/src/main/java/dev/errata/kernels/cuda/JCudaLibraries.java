package dev.errata.kernels.cuda;

import dev.errata.tensor.RunFailedException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Lets JCuda unpack its native libraries into a folder of this process alone. By itself it unpacks to a fixed name in the
 * folder for temporary files: a second process that starts meanwhile maps a half-written library and dies (SIGBUS, seen
 * with ten processes on an H100 machine), and on a shared machine anybody could have put another file there.
 */
public final class JCudaLibraries {
    private static final String TEMPORARY = "java.io.tmpdir";

    private JCudaLibraries() {}

    /**
     * @param firstCall a call of the JCuda class whose initializer loads its library
     * @throws LinkageError if the library needs what isn't there
     */
    public static synchronized void load(Runnable firstCall) {
        String before = System.getProperty(TEMPORARY);
        Path folder;
        try {
            folder = Files.createTempDirectory("errata-jcuda");
        } catch (IOException e) {
            throw new RunFailedException(
                    "JCuda's libraries can't be unpacked", before, "free space there, or set -D" + TEMPORARY, e);
        }
        System.setProperty(TEMPORARY, folder.toString());
        try {
            firstCall.run();
        } finally {
            System.setProperty(TEMPORARY, before);
            delete(folder);
        }
    }

    /** A library that is loaded stays so without its file. */
    private static void delete(Path folder) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                Files.delete(file);
            }
            Files.delete(folder);
        } catch (IOException e) {
            System.getLogger(JCudaLibraries.class.getName())
                    .log(System.Logger.Level.DEBUG, "left behind: " + folder, e);
        }
    }
}
