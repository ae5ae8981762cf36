package dev.errata.pipeline.filter;

import dev.errata.pipeline.data.JsonRow;
import dev.errata.pipeline.data.JsonRows;
import dev.errata.pipeline.data.QuestionOverlap;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.TrainingRow;
import dev.errata.pipeline.task.Task;
import dev.errata.tensor.BadInputException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Training rows that somebody wrote: {@code prompt} and {@code completion}, with or without {@code kind} and {@code problem_id}. */
public final class OwnRows {
    /** What records call rows whose file doesn't say. */
    private static final String KIND = "own";

    private final Map<String, String> heldOut;

    /** @param heldOut must not be among the rows */
    public OwnRows(Task task, List<Problem> heldOut) {
        this.heldOut = heldOut.stream()
                .collect(Collectors.toMap(
                        problem -> QuestionOverlap.normalized(task.prompt(problem)), Problem::id, (first, _) -> first));
    }

    /**
     * All rows of a file.
     *
     * @throws BadInputException for a row in another form, one that asks a held-out problem, and a file without rows
     */
    public List<TrainingRow> read(Path file) {
        Function<JsonRow, TrainingRow> reader = this::row;
        List<TrainingRow> rows = JsonRows.readAll(file, reader);
        if (rows.isEmpty()) {
            throw new BadInputException("no row to train on", file.toString(), "give some rows");
        }
        return rows;
    }

    private TrainingRow row(JsonRow row) {
        row.allow("prompt", "completion", "kind", "problem_id");
        String prompt = row.text("prompt");
        String twin = heldOut.get(QuestionOverlap.normalized(prompt));
        if (twin != null) {
            throw row.wrong("held-out problem " + twin + " is trained on", "take this row out");
        }
        return new TrainingRow(
                prompt,
                row.text("completion"),
                row.has("kind") ? row.text("kind") : KIND,
                row.has("problem_id") ? row.id("problem_id") : file(row) + "-" + row.line());
    }

    private static String file(JsonRow row) {
        String name = row.file().getFileName().toString();
        return name.substring(0, name.indexOf(".jsonl"));
    }
}
