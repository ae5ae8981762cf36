package dev.errata.pipeline.eval;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.errata.model.file.AtomicFile;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.run.InputFile;
import dev.errata.pipeline.run.Manifest;
import dev.errata.pipeline.run.OutputFolder;
import dev.errata.pipeline.run.RunLock;
import dev.errata.pipeline.run.RunSettings;
import dev.errata.pipeline.run.WorkShard;
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
    record Made(
            String errata,
            SortedMap<String, String> settings,
            SortedMap<String, InputFile> inputs,
            List<String> problems) {}

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
        SortedMap<String, InputFile> inputs =
                RunSettings.lookAt(settings.inputs(), before == null ? Map.of() : before.inputs());
        SortedMap<String, String> compared = settings.compared();
        inputs.forEach((name, input) -> compared.put(name, "SHA-256 " + input.sha256()));
        return open(path, new Made(Manifest.ERRATA_VERSION, compared, inputs, problems));
    }

    /** The same by what is known of the settings. */
    static EvaluationFolder open(Path path, Made made) {
        OutputFolder.require(path);
        EvaluationFolder folder = new EvaluationFolder(path, RunLock.take(path));
        try {
            if (isOne(path) && holdsRecords(path)) {
                Made before = made(path);
                Manifest.requireThisVersion(before.errata(), path);
                RunSettings.requireSame(before.settings(), made.settings(), path);
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
        Path file = folder.resolve(SETTINGS);
        try {
            return Json.MAPPER.readValue(Files.readString(file), Made.class);
        } catch (JsonProcessingException e) {
            throw new BadInputException(
                    "not the settings of an evaluation", file.toString(), "choose another output", e);
        } catch (IOException e) {
            throw new BadInputException("the settings cannot be read", file.toString(), "check its permissions", e);
        }
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
