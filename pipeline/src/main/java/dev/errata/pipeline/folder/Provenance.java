package dev.errata.pipeline.folder;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.errata.pipeline.data.Json;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;

/**
 * What made a folder's work, and of what: what all manifests have.
 *
 * @param errata the version of the program
 * @param java the version of Java
 * @param system name and architecture of the machine's
 * @param settings every setting that can change a record; inputs by name and hash
 * @param inputs by the key that names them
 */
public record Provenance(
        String errata,
        String java,
        String system,
        long seed,
        SortedMap<String, String> settings,
        SortedMap<String, InputFile> inputs) {
    /** This program's version. */
    public static final String ERRATA_VERSION = "0.1.0";

    /** Work that this process does. */
    public static Provenance here(long seed, SortedMap<String, String> settings, SortedMap<String, InputFile> inputs) {
        return new Provenance(
                ERRATA_VERSION,
                Runtime.version().toString(),
                System.getProperty("os.name") + " " + System.getProperty("os.arch"),
                seed,
                settings,
                inputs);
    }

    /**
     * Reads a manifest.
     *
     * @param bound whether there is work in its folder, which no other version may go on with
     * @throws BadInputException if the file isn't a manifest, or another version made bound work
     */
    public static <M> M read(Path manifest, Class<M> type, boolean bound) {
        try {
            String text = Files.readString(manifest);
            if (bound) {
                String made = Json.parse(text).path("errata").asText("unknown");
                requireThisVersion(made, manifest.toAbsolutePath().getParent());
            }
            return Json.MAPPER.readValue(text, type);
        } catch (JsonProcessingException e) {
            throw new BadInputException("not a manifest", manifest.toString(), "choose another output", e);
        } catch (IOException e) {
            throw new BadInputException("the manifest cannot be read", manifest.toString(), "check its permissions", e);
        }
    }

    private static void requireThisVersion(String made, Path folder) {
        if (!ERRATA_VERSION.equals(made)) {
            throw new BadInputException(
                    "the run was made by version " + made + ", and results of version " + ERRATA_VERSION
                            + ", which this is, may differ",
                    folder.toString(),
                    "choose another output or go on with that version");
        }
    }

    /**
     * Refuses a folder that was made with other settings, and names the first that differs.
     *
     * @throws BadInputException if one differs
     */
    public void requireSettings(SortedMap<String, String> wanted, Path folder) {
        RunSettings.requireSame(settings, wanted, folder);
    }
}
