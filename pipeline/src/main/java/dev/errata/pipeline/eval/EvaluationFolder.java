package dev.errata.pipeline.eval;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.errata.model.file.AtomicFile;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.folder.InputFile;
import dev.errata.pipeline.folder.OutputFolder;
import dev.errata.pipeline.folder.Provenance;
import dev.errata.pipeline.folder.RunLock;
import dev.errata.pipeline.folder.RunSettings;
import dev.errata.pipeline.folder.WorkShard;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.stream.Stream;

/** The folder of an evaluation, bound to its settings by {@code evaluation.json}; its records lie in {@code eval.jsonl}. */
public final class EvaluationFolder implements AutoCloseable {
    private static final String SETTINGS = "evaluation.json";

    /**
     * What a folder was made with.
     *
     * @param problems the ids of all problems, in order; shards have some of them
     */
    record Made(@JsonUnwrapped Provenance provenance, List<String> problems) {}

    private final Path path;
    private final RunLock lock;

    private EvaluationFolder(Path path, RunLock lock) {
        this.path = path;
        this.lock = lock;
    }

    /** Whether a folder is one of these. */
    public static boolean isOne(Path folder) {
        return Files.isRegularFile(folder.resolve(SETTINGS));
    }

    /**
     * Opens a folder, new or begun, for this process alone.
     *
     * @param problems the ids of all that are evaluated
     * @throws BadInputException if it was made with other settings, by another version, or another process works on it
     */
    static EvaluationFolder open(Path path, EvaluationSettings settings, List<String> problems) {
        Made before = isOne(path) ? made(path) : null;
        SortedMap<String, InputFile> inputs = RunSettings.lookAt(
                settings.inputs(),
                before == null ? Map.of() : before.provenance().inputs());
        SortedMap<String, String> compared = settings.compared();
        inputs.forEach((name, input) -> compared.put(name, "SHA-256 " + input.sha256()));
        return open(path, new Made(Provenance.here(settings.seed(), compared, inputs), problems));
    }

    /** The same by what is known of the settings. */
    static EvaluationFolder open(Path path, Made made) {
        OutputFolder.require(path);
        EvaluationFolder folder = new EvaluationFolder(path, RunLock.take(path));
        try {
            if (isOne(path) && holdsRecords(path)) {
                made(path).provenance().requireSettings(made.provenance().settings(), path);
            } else {
                AtomicFile.write(path.resolve(SETTINGS), Json.page(made));
            }
            return folder;
        } catch (RuntimeException e) {
            folder.close();
            throw e;
        }
    }

    /** What a folder was made with. */
    static Made made(Path folder) {
        return Provenance.read(folder.resolve(SETTINGS), Made.class, holdsRecords(folder));
    }

    private static boolean holdsRecords(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.anyMatch(file -> file.getFileName().toString().startsWith("eval."));
        } catch (IOException e) {
            throw new BadInputException("the folder cannot be read", folder.toString(), "check its permissions", e);
        }
    }

    /** The records of a part. */
    Path records(WorkShard shard) {
        return shard.file(path.resolve("eval.jsonl"));
    }

    @Override
    public void close() {
        lock.close();
    }
}
