package dev.errata.pipeline.folder;

import dev.errata.model.file.AtomicFile;
import dev.errata.model.file.WriteFailure;
import dev.errata.pipeline.data.Sha256;
import dev.errata.tensor.RunFailedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Copies that are compared with the original by their hashes, and get their name when they are whole and on the disk. */
public final class VerifiedCopy {
    private VerifiedCopy() {}

    /**
     * Copies a folder to where there is none yet.
     *
     * @param change may change the copy before it has its name
     */
    public static void ofFolder(Path from, Path to, Consumer<Path> change) {
        Path partial = to.resolveSibling(to.getFileName() + ".partial");
        try {
            delete(partial);
            Files.createDirectories(partial);
            for (Path file : inside(from)) {
                Path place = partial.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(place);
                } else {
                    AtomicFile.copy(file, place);
                    require(Sha256.of(file).equals(Sha256.of(place)), place);
                }
            }
            change.accept(partial);
            Files.move(partial, to, StandardCopyOption.ATOMIC_MOVE);
            AtomicFile.syncFolder(to.toAbsolutePath().getParent());
        } catch (IOException e) {
            throw WriteFailure.of(to, e);
        }
    }

    /** Copies a file to where there is none yet. */
    public static void ofFile(Path from, Path to) {
        Path partial = to.resolveSibling(to.getFileName() + ".copy.partial");
        try {
            Files.createDirectories(to.toAbsolutePath().getParent());
            AtomicFile.copy(from, partial);
            require(Sha256.of(from).equals(Sha256.of(partial)), partial);
            Files.move(partial, to, StandardCopyOption.ATOMIC_MOVE);
            AtomicFile.syncFolder(to.toAbsolutePath().getParent());
        } catch (IOException e) {
            throw WriteFailure.of(to, e);
        }
    }

    /** Compares what lies in a file with what was written to it. */
    public static void require(Path file, String text) {
        try {
            require(Sha256.of(file).equals(Sha256.of(text)), file);
        } catch (IOException e) {
            throw WriteFailure.of(file, e);
        }
    }

    private static void require(boolean same, Path file) {
        if (!same) {
            throw new RunFailedException(
                    "a copy is not what was copied", file.toString(), "check the disk and run the same command again");
        }
    }

    /** A lock is of the folder that it lies in. */
    private static List<Path> inside(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> !file.equals(folder) && !file.endsWith(".lock"))
                    .toList();
        }
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
