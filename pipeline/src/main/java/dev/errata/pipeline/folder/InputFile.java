package dev.errata.pipeline.folder;

import dev.errata.model.file.GgufParts;
import dev.errata.pipeline.data.RowFile;
import dev.errata.pipeline.data.Sha256;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * An input of a run, as its manifest knows it: a file, a GGUF model in parts, or a model's or an adapter's folder with the
 * files that are read.
 *
 * @param path where it was
 * @param bytes its size
 * @param modified milliseconds of the last change to one of its files, by the time that a program can't set where the
 *     system has such; while size and time stay, the hash is not computed anew
 * @param sha256 of the file; of several files, of their names and hashes in order
 */
public record InputFile(String path, long bytes, long modified, String sha256) {
    /** Files of other kinds that lie in a folder, as a README, change nothing. */
    private static final Set<String> READ = Set.of("json", "jinja", "safetensors", "model", "gguf", "txt");

    /** What this process has looked at: an input of several trainings is read once. */
    private static final Map<String, InputFile> LOOKED_AT = new ConcurrentHashMap<>();

    /** Looks at an input; {@code known} (may be null) spares reading it again when nothing has changed. */
    public static InputFile of(Path named, InputFile known) {
        Path input = RowFile.of(named).file();
        if (!Files.exists(input)) {
            throw new BadInputException("no such file or folder", input.toString(), "name one that is there");
        }
        try {
            List<Path> files = files(input);
            long bytes = 0;
            long changed = 0;
            for (Path file : files) {
                bytes += Files.size(file);
                changed = Math.max(changed, lastChange(file));
            }
            InputFile before = known != null ? known : LOOKED_AT.get(named.toString());
            if (before != null
                    && before.path.equals(named.toString())
                    && before.bytes == bytes
                    && before.modified == changed) {
                return before;
            }
            InputFile found = new InputFile(named.toString(), bytes, changed, hash(input, files));
            LOOKED_AT.put(named.toString(), found);
            return found;
        } catch (IOException | UncheckedIOException e) {
            throw new BadInputException("the input cannot be read", input.toString(), "check its permissions", e);
        }
    }

    private static long lastChange(Path file) throws IOException {
        if (file.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            return ((FileTime) Files.getAttribute(file, "unix:ctime")).toMillis();
        }
        return Files.getLastModifiedTime(file).toMillis();
    }

    private static List<Path> files(Path input) throws IOException {
        if (!Files.isDirectory(input)) {
            return GgufParts.files(input);
        }
        try (Stream<Path> inside = Files.walk(input, 2)) {
            return inside.filter(Files::isRegularFile)
                    .filter(file -> isRead(input.relativize(file)))
                    .sorted()
                    .toList();
        }
    }

    /** Files directly in the folder, and further templates in theirs. */
    private static boolean isRead(Path file) {
        String name = file.getFileName().toString();
        boolean kept = READ.contains(name.substring(name.lastIndexOf('.') + 1)) && !name.startsWith(".");
        return kept && (file.getNameCount() == 1 || file.startsWith("additional_chat_templates"));
    }

    private static String hash(Path input, List<Path> files) throws IOException {
        if (files.size() == 1 && files.contains(input)) {
            return Sha256.of(input);
        }
        StringBuilder all = new StringBuilder();
        for (Path file : files) {
            all.append(Files.isDirectory(input) ? input.relativize(file) : file.getFileName())
                    .append(' ')
                    .append(Sha256.of(file))
                    .append('\n');
        }
        return Sha256.of(all.toString());
    }
}
