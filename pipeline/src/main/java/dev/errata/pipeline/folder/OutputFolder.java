package dev.errata.pipeline.folder;

import dev.errata.model.file.WriteFailure;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The folder of a run or a training, before anything is written to it. */
public final class OutputFolder {
    private OutputFolder() {}

    /**
     * Folders that weren't there before.
     *
     * @param folders the innermost first
     */
    public record Made(List<Path> folders) {
        /** Takes them away again after a refusal, unless something was written to them. */
        public void undo() {
            try {
                for (Path folder : folders) {
                    try (Stream<Path> inside = Files.list(folder)) {
                        if (!inside.allMatch(file -> file.endsWith(RunLock.FILE))) {
                            return;
                        }
                    }
                    Files.deleteIfExists(folder.resolve(RunLock.FILE));
                    Files.delete(folder);
                }
            } catch (IOException e) {
                System.getLogger(OutputFolder.class.getName())
                        .log(System.Logger.Level.DEBUG, "a folder that was made stays", e);
            }
        }
    }

    /**
     * Makes the folder and those above it; one that can't be made or written to is bad input that names it.
     *
     * @return what was made
     */
    public static Made require(Path folder) {
        List<Path> missing = new ArrayList<>();
        for (Path each = folder.toAbsolutePath().normalize();
                each != null && !Files.exists(each);
                each = each.getParent()) {
            missing.add(each);
        }
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw WriteFailure.of(folder, e);
        }
        if (!Files.isWritable(folder)) {
            throw new BadInputException(
                    "output can't be written", folder.toString(), "choose a folder that may be written to");
        }
        return new Made(missing);
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
