package dev.errata.model.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** Recorded outputs of other programs: small copies in the test resources, and the whole set beside the repository. */
public final class Oracle {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private Oracle() {}

    /** A file or folder of the shared set; the test is skipped where that isn't there. */
    public static Path shared(String path) {
        Path root = Path.of(System.getProperty("errata.shared", "../../shared"));
        Path found = root.resolve(path);
        Assumptions.assumeTrue(Files.exists(found), () -> "no shared " + path + " here");
        return found;
    }

    /** A committed copy. */
    public static Path resource(String path) {
        return Path.of("src/test/resources").resolve(path);
    }

    /** The rows of a JSONL file. */
    public static List<JsonNode> rows(Path file) {
        List<JsonNode> rows = new ArrayList<>();
        try {
            for (String line : Files.readString(file).split("\n")) {
                if (!line.isBlank()) {
                    rows.add(MAPPER.readTree(line));
                }
            }
            return rows;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static JsonNode json(Path file) {
        try {
            return MAPPER.readTree(Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A JSON list of ids. */
    public static int[] ids(JsonNode list) {
        int[] ids = new int[list.size()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = list.get(i).intValue();
        }
        return ids;
    }
}
