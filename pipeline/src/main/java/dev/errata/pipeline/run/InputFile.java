package dev.errata.pipeline.run;

import dev.errata.pipeline.data.RowFile;
import dev.errata.pipeline.data.Sha256;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * An input of a run, as its manifest knows it: a file, or a folder with all files that lie directly in it.
 *
 * @param path where it was
 * @param bytes its size
 * @param modified milliseconds of its last change; while size and time stay, the hash is not computed anew
 * @param sha256 of the file; of a folder, of its files' names and hashes in order
 */
public record InputFile(String path, long bytes, long modified, String sha256) {
    /** Looks at an input; {@code known} (may be null) spares reading it again when nothing has changed. */
    static InputFile of(Path named, InputFile known) {
        Path input = RowFile.of(named).file();
        if (!Files.exists(input)) {
            throw new BadInputException("no such file or folder", input.toString(), "name one that is there");
        }
        try {
            List<Path> files = files(input);
            long bytes = 0;
            long modified = 0;
            for (Path file : files) {
                bytes += Files.size(file);
                modified = Math.max(modified, Files.getLastModifiedTime(file).toMillis());
            }
            if (known != null
                    && known.path.equals(named.toString())
                    && known.bytes == bytes
                    && known.modified == modified) {
                return known;
            }
            return new InputFile(named.toString(), bytes, modified, hash(input, files));
        } catch (IOException | UncheckedIOException e) {
            throw new BadInputException("the input cannot be read", input.toString(), "check its permissions", e);
        }
    }

    private static List<Path> files(Path input) throws IOException {
        if (!Files.isDirectory(input)) {
            return List.of(input);
        }
        try (Stream<Path> inside = Files.list(input)) {
            return inside.filter(Files::isRegularFile)
                    .filter(file -> !file.getFileName().toString().startsWith("."))
                    .sorted()
                    .toList();
        }
    }

    private static String hash(Path input, List<Path> files) throws IOException {
        if (!Files.isDirectory(input)) {
            return Sha256.of(input);
        }
        StringBuilder all = new StringBuilder();
        for (Path file : files) {
            all.append(file.getFileName()).append(' ').append(Sha256.of(file)).append('\n');
        }
        return Sha256.of(all.toString());
    }
}
