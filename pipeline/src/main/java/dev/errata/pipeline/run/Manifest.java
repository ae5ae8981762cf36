package dev.errata.pipeline.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.errata.model.file.AtomicFile;
import dev.errata.pipeline.data.Json;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * {@code manifest.json}: what made this run, and of what.
 *
 * @param errata the version of the program
 * @param java the version of Java
 * @param settings every setting that can change a record; inputs by name and hash
 * @param inputs by the key that names them
 * @param stages what is known of each stage that was begun
 */
public record Manifest(
        String errata,
        String java,
        String system,
        long seed,
        SortedMap<String, String> settings,
        SortedMap<String, InputFile> inputs,
        SortedMap<String, StageEntry> stages) {
    /** This program's version. */
    public static final String ERRATA_VERSION = "0.1.0";

    /**
     * One stage.
     *
     * @param input the hash of the file it was given in place of the stage before; null: none was given
     * @param seconds worked on it, over all starts
     */
    public record StageEntry(String input, double seconds, boolean finished) {}

    /** The manifest of a folder, or null where there is none. */
    static Manifest read(RunFolder folder) {
        Path file = folder.manifest();
        if (!Files.exists(file)) {
            return null;
        }
        try {
            String text = Files.readString(file);
            if (folder.holdsWork()) {
                requireThisVersion(Json.parse(text).path("errata").asText("unknown"), folder.path());
            }
            return Json.MAPPER.readValue(text, Manifest.class);
        } catch (JsonProcessingException e) {
            throw new BadInputException("not a manifest", file.toString(), "choose another output", e);
        } catch (IOException e) {
            throw new BadInputException("the manifest cannot be read", file.toString(), "check its permissions", e);
        }
    }

    void write(RunFolder folder) {
        AtomicFile.write(folder.manifest(), Json.page(this));
    }

    Manifest withStage(String name, StageEntry entry) {
        SortedMap<String, StageEntry> changed = new TreeMap<>(stages);
        changed.put(name, entry);
        return new Manifest(errata, java, system, seed, settings, inputs, changed);
    }

    Manifest withoutStages() {
        return new Manifest(errata, java, system, seed, settings, inputs, new TreeMap<>());
    }

    /**
     * Refuses a run that another version made, whose records may differ.
     *
     * @throws BadInputException naming both versions
     */
    public static void requireThisVersion(String made, Path folder) {
        if (!ERRATA_VERSION.equals(made)) {
            throw new BadInputException(
                    "the run was made by version " + made + ", and results of version " + ERRATA_VERSION
                            + ", which this is, may differ",
                    folder.toString(),
                    "choose another output or go on with that version");
        }
    }
}
