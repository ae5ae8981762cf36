package dev.errata.pipeline.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.errata.pipeline.record.StepMetrics;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code metrics.jsonl} of a training that may still be at work: its whole lines; one that is being written is left out. */
public final class StepLog {
    private StepLog() {}

    /**
     * The steps in order; none where there is no such file yet.
     *
     * @throws BadInputException for a whole line that is no step, with its number
     */
    public static List<StepMetrics> read(Path file) {
        if (!Files.exists(file)) {
            return List.of();
        }
        String text;
        try {
            text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new BadInputException("the log of steps cannot be read", file.toString(), "check its permissions", e);
        }
        List<StepMetrics> steps = new ArrayList<>();
        int number = 1;
        int begin = 0;
        for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', begin)) {
            String line = text.substring(begin, end);
            if (!line.isBlank()) {
                steps.add(RecordRows.metrics(row(file, number, line)));
            }
            number++;
            begin = end + 1;
        }
        return List.copyOf(steps);
    }

    private static JsonRow row(Path file, int number, String line) {
        try {
            if (Json.parse(line) instanceof ObjectNode object) {
                return new JsonRow(file, number, object);
            }
            throw new BadInputException(
                    "the line is not a JSON object", file + ":" + number, "train anew into another output");
        } catch (JsonProcessingException e) {
            throw new BadInputException(
                    "the line is not JSON", file + ":" + number, "train anew into another output", e);
        }
    }
}
