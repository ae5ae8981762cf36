package dev.errata.pipeline.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;

/** The records of a run that may still be at work: a file, or what there is of it; a line that is being written is left out. */
public final class WholeLines {
    private WholeLines() {}

    /**
     * The rows of a file, or else of the same with {@code .partial} at its end; none where there is neither.
     *
     * @throws BadInputException for a whole line that is no row, with its number
     */
    public static <R> List<R> read(Path file, Function<JsonRow, R> reader) {
        Path there = Files.exists(file) ? file : file.resolveSibling(file.getFileName() + ".partial");
        if (!Files.exists(there)) {
            return List.of();
        }
        String text;
        try {
            text = new String(Files.readAllBytes(there), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new BadInputException("the records cannot be read", there.toString(), "check its permissions", e);
        }
        return of(there, text, reader);
    }

    /** The rows of a text whose lines each end in a line break; what follows the last one is left out. */
    public static <R> List<R> of(Path there, String text, Function<JsonRow, R> reader) {
        List<R> rows = new ArrayList<>();
        int number = 1;
        int begin = 0;
        for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', begin)) {
            String line = text.substring(begin, end);
            if (!line.isBlank()) {
                rows.add(reader.apply(row(there, number, line)));
            }
            number++;
            begin = end + 1;
        }
        return Collections.unmodifiableList(rows);
    }

    private static JsonRow row(Path file, int number, String line) {
        try {
            if (Json.parse(line) instanceof ObjectNode object) {
                return new JsonRow(file, number, object);
            }
            throw new BadInputException(
                    "the line is not a JSON object", file + ":" + number, "mend or remove this line");
        } catch (JsonProcessingException e) {
            throw new BadInputException("the line is not JSON", file + ":" + number, "mend or remove this line", e);
        }
    }
}
