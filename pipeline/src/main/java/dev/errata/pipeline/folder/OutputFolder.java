package dev.errata.pipeline.folder;

import dev.errata.model.file.WriteFailure;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The folder of a run or a training, before anything is written to it. */
public final class OutputFolder {
    private OutputFolder() {}

    /** Makes the folder and those above it; one that can't be made or written to is bad input that names it. */
    public static void require(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw WriteFailure.of(folder, e);
        }
        if (!Files.isWritable(folder)) {
            throw new BadInputException(
                    "output can't be written", folder.toString(), "choose a folder that may be written to");
        }
    }

    /** Bytes of all files in a folder; 0 where it isn't there. */
    public static long bytes(Path folder) {
        if (!Files.isDirectory(folder)) {
            return 0;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        } catch (IOException e) {
            throw new BadInputException("the folder cannot be read", folder.toString(), "check its permissions", e);
        }
    }
}
