package dev.errata.pipeline.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.errata.model.file.AtomicFile;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.folder.Provenance;
import java.nio.file.Files;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * {@code manifest.json}: what made this run, and of what.
 *
 * @param stages what is known of each stage that was begun
 */
public record Manifest(@JsonUnwrapped Provenance provenance, SortedMap<String, StageEntry> stages) {
    /**
     * One stage.
     *
     * @param input the hash of the file it was given in place of the stage before; null: none was given
     * @param seconds worked on it, over all starts
     * @param units of the processor that its texts' bf16 products are computed with, empty for vectors alone; null where
     *     they make no difference
     */
    public record StageEntry(
            String input,
            double seconds,
            boolean finished,
            @JsonInclude(JsonInclude.Include.NON_NULL) List<String> units) {
        StageEntry worked(double more, boolean finished) {
            return new StageEntry(input, seconds + more, finished, units);
        }
    }

    /** The manifest of a folder, or null where there is none. */
    static Manifest read(RunFolder folder) {
        return Files.exists(folder.manifest())
                ? Provenance.read(folder.manifest(), Manifest.class, folder.holdsWork())
                : null;
    }

    void write(RunFolder folder) {
        AtomicFile.write(folder.manifest(), Json.page(this));
    }

    Manifest withStage(String name, StageEntry entry) {
        SortedMap<String, StageEntry> changed = new TreeMap<>(stages);
        changed.put(name, entry);
        return new Manifest(provenance, changed);
    }

    Manifest withoutStages() {
        return new Manifest(provenance, new TreeMap<>());
    }
}
