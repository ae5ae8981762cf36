package dev.errata.pipeline.cli;

import dev.errata.pipeline.data.JsonRow;
import dev.errata.pipeline.data.JsonRows;
import dev.errata.pipeline.grade.Grader;
import dev.errata.pipeline.task.Tasks;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** {@code grade}: compares predictions with references, a row each. */
@picocli.CommandLine.Command(
        name = "grade",
        description = "Compare predictions with references.",
        footer = {"", "Example:", "  errata grade --task gsm8k --grader sound --input answers.jsonl"})
public final class GradeCommand implements Command {
    @Option(names = "--task", required = true, description = "gsm8k, svamp, asdiv, mawps, math, csqa, aqua")
    private String task;

    @Option(names = "--grader", required = true, description = "lema-compat, hendrycks or sound")
    private String grader;

    @Option(names = "--input", required = true, paramLabel = "F.jsonl", description = "rows of prediction, reference")
    private Path input;

    @Override
    public void run(Session session) {
        Grader chosen = Tasks.named(task, "--task").grader(grader, "--grader");
        JsonRows.forEach(input, row -> session.row(verdict(chosen, row)));
    }

    private static Object verdict(Grader grader, JsonRow row) {
        row.allow("prediction", "reference", "candidates");
        List<String> candidates = row.has("candidates") ? row.texts("candidates") : List.of();
        return grader.grade(row.text("prediction"), row.text("reference"), candidates);
    }
}
