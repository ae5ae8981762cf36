package dev.errata.pipeline.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.errata.pipeline.grade.NumberText;
import dev.errata.pipeline.grade.Task;
import dev.errata.pipeline.record.Problem;
import dev.errata.tensor.BadInputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Reads problems, one JSON object a line, from a {@link RowFile}: {@code {id?, question, answer, rationale?}}, or GSM8K's own
 * {@code {question, answer}} whose answer is the rationale, then {@code ####} and the final answer.
 */
public final class ProblemFile {
    private static final Set<String> FIELDS = Set.of("id", "question", "answer", "rationale");
    private static final String MARK = "####";

    private final Path file;
    private final Task task;
    private final Set<String> ids = new HashSet<>();

    private ProblemFile(Path file, Task task) {
        this.file = file;
        this.task = task;
    }

    /**
     * All problems of a file, in its order. A row without an id is named after the file's stem and its number from 1, as
     * {@code train-17}; the answer of a number task is normalized; the rationale is null where the row has none.
     *
     * @throws BadInputException for a file that can't be read, and for a bad line with its number
     */
    public static List<Problem> read(Path file, Task task) {
        return new ProblemFile(file, task).read();
    }

    private List<Problem> read() {
        List<Problem> problems = new ArrayList<>();
        JsonRows.forEach(file, row -> problems.add(problem(row.fields(), row.line(), problems.size() + 1)));
        if (problems.isEmpty()) {
            throw new BadInputException("file holds no problems", file.toString(), "give at least one line");
        }
        return List.copyOf(problems);
    }

    private Problem problem(ObjectNode node, int line, int row) {
        node.fieldNames().forEachRemaining(name -> {
            if (!FIELDS.contains(name)) {
                throw bad("unknown field \"" + name + "\"", line, "a problem has id, question, answer, rationale");
            }
        });
        String id = node.hasNonNull("id") ? idOf(node.get("id"), line) : stem() + "-" + row;
        if (!ids.add(id)) {
            throw bad("id \"" + id + "\" occurs twice", line, "give each problem its own id");
        }
        String question = text(node, "question", line)
                .orElseThrow(() -> bad("question is missing", line, "give each problem a question"));
        String answer = node.has("answer") && node.get("answer").isNumber()
                ? node.get("answer").asText()
                : text(node, "answer", line)
                        .orElseThrow(() -> bad("answer is missing", line, "give each problem an answer"));
        String rationale = text(node, "rationale", line).orElse(null);
        int mark = answer.lastIndexOf(MARK);
        if (mark >= 0) {
            rationale = rationale == null ? answer.substring(0, mark).stripTrailing() : rationale;
            answer = answer.substring(mark + MARK.length());
        }
        return new Problem(id, question, normalized(answer.strip(), line), rationale);
    }

    private String normalized(String answer, int line) {
        if (!task.isNumber()) {
            if (answer.isEmpty()) {
                throw bad("answer is empty", line, "give each problem an answer");
            }
            return answer;
        }
        return NumberText.normalized(answer)
                .orElseThrow(() -> bad("answer is no number", line, "the answers of " + task.label() + " are numbers"));
    }

    private String idOf(JsonNode id, int line) {
        if (!id.isTextual() && !id.isIntegralNumber()) {
            throw bad("id is no string", line, "give a string");
        }
        return id.asText();
    }

    private Optional<String> text(JsonNode node, String field, int line) {
        JsonNode value = node.get(field);
        if (value == null || value.isNull()) {
            return Optional.empty();
        }
        if (!value.isTextual() || (field.equals("question") && value.asText().isBlank())) {
            throw bad(field + " is no text", line, "give a string");
        }
        return Optional.of(value.asText());
    }

    private BadInputException bad(String what, int line, String remedy) {
        return new BadInputException(what, file + ":" + line, remedy);
    }

    private String stem() {
        return RowFile.of(file).stem();
    }
}
