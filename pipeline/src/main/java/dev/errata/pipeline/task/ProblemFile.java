package dev.errata.pipeline.task;

import dev.errata.pipeline.data.JsonRow;
import dev.errata.pipeline.data.JsonRows;
import dev.errata.pipeline.data.RowFile;
import dev.errata.pipeline.grade.AnswerReader;
import dev.errata.pipeline.record.Problem;
import dev.errata.tensor.BadInputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Reads problems, one JSON object a line, from a {@link RowFile}: {@code {id?, question, answer, rationale?, candidates?,
 * level?, steps?}}, or GSM8K's own {@code {question, answer}} whose answer is the rationale, then {@code ####} and the final answer, or
 * rows as a task's data set was published.
 */
public final class ProblemFile {
    private static final String MARK = "####";

    private final Path file;
    private final Task task;
    private final Set<String> ids = new HashSet<>();
    private int rows;

    private ProblemFile(Path file, Task task) {
        this.file = file;
        this.task = task;
    }

    /**
     * All problems of a file, in its order. A row without an id is named after the file's stem and its number from 1, as
     * {@code train-17}; answers are normalized as the task's answers are; the rationale is null where the row has none.
     *
     * @param notes is told of problems that are left out, since the task doesn't count them
     * @throws BadInputException for a file that can't be read, and for a bad line with its number
     */
    public static List<Problem> read(Path file, Task task, Consumer<String> notes) {
        return new ProblemFile(file, task).read(notes);
    }

    private List<Problem> read(Consumer<String> notes) {
        List<Problem> problems = new ArrayList<>();
        JsonRows.forEach(file, row -> {
            rows++;
            problem(row).ifPresent(problems::add);
        });
        if (problems.size() < rows) {
            notes.accept(task.name() + ": " + (rows - problems.size()) + " problems of " + file.getFileName()
                    + " don't count, as their answers are none of its kind");
        }
        if (problems.isEmpty()) {
            throw new BadInputException("file holds no problems", file.toString(), "give at least one line");
        }
        return List.copyOf(problems);
    }

    private Optional<Problem> problem(JsonRow row) {
        Optional<Problem> published = published(row);
        if (published.isPresent() && !task.counts(published.get())) {
            return Optional.empty();
        }
        Problem given = published.orElseGet(() -> own(row));
        String id = given.id() == null ? RowFile.of(file).stem() + "-" + rows : given.id();
        if (!ids.add(id)) {
            throw row.wrong("id \"" + id + "\" occurs twice", "give each problem its own id");
        }
        if (given.question().isBlank()) {
            throw row.wrong("question is empty", "give each problem a question");
        }
        if (task.answers().hasCandidates() && given.choices().isEmpty()) {
            throw row.wrong(
                    "candidates are missing", "give each problem of " + task.name() + " its list of candidates");
        }
        AnswerReader reader = task.reader(given);
        String answer = reader.normalized(given.answer());
        if (answer == null) {
            throw noAnswer(row, given.answer());
        }
        List<String> candidates = task.answers().hasCandidates() ? reader.candidates() : given.candidates();
        return Optional.of(
                new Problem(id, given.question(), answer, given.rationale(), candidates, given.level(), given.steps()));
    }

    /** The row as its publisher wrote it; of another task's too, where its answers are of the same kind. */
    private Optional<Problem> published(JsonRow row) {
        Optional<Problem> ours = task.published(row);
        if (ours.isPresent()) {
            return ours;
        }
        for (Task other : Tasks.ALL) {
            Optional<Problem> theirs = other.published(row);
            if (theirs.isPresent()) {
                if (other.answers() != task.answers()) {
                    throw row.wrong(
                            "a row of " + other.name() + " as published, among problems of " + task.name(),
                            "name the task " + other.name() + ", or another file");
                }
                return theirs;
            }
        }
        return Optional.empty();
    }

    private static Problem own(JsonRow row) {
        row.allow("id", "question", "answer", "rationale", "candidates", "level", "steps");
        String answer = row.has("answer") && row.fields().get("answer").isNumber()
                ? row.fields().get("answer").asText()
                : row.text("answer");
        String rationale = row.textOrNull("rationale");
        int mark = answer.lastIndexOf(MARK);
        if (mark >= 0) {
            rationale = rationale == null ? answer.substring(0, mark).stripTrailing() : rationale;
            answer = answer.substring(mark + MARK.length());
        }
        return new Problem(
                row.has("id") ? row.id("id") : null,
                row.text("question"),
                answer.strip(),
                rationale,
                row.has("candidates") ? row.texts("candidates") : null,
                row.has("level") ? row.id("level") : null,
                row.has("steps") ? steps(row) : null);
    }

    private static Integer steps(JsonRow row) {
        int steps = row.count("steps");
        if (steps == 0) {
            throw row.wrong("field steps is 0", "give how many steps the solution takes, or leave it out");
        }
        return steps;
    }

    private BadInputException noAnswer(JsonRow row, String answer) {
        return switch (task.answers()) {
            case NUMBER -> row.wrong("answer is no number", "the answers of " + task.name() + " are numbers");
            case LATEX -> row.wrong("answer is empty", "give each problem an answer");
            case CHOICE, LETTER -> row.wrong("answer \"" + answer + "\" is none of the candidates", "give one of them");
        };
    }
}
