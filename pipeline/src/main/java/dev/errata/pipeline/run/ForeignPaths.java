package dev.errata.pipeline.run;

import dev.errata.pipeline.data.JsonRow;
import dev.errata.pipeline.data.JsonRows;
import dev.errata.pipeline.record.PathKey;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.ReasoningPath;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Paths from elsewhere: {@code problem_id}, {@code sample} and {@code text} are needed; what else a path has may be left
 * out, and verdicts that are left out are made here.
 */
final class ForeignPaths {
    private final LoopRun run;
    private final Set<PathKey> seen = new HashSet<>();

    private ForeignPaths(LoopRun run) {
        this.run = run;
    }

    /** All paths of a file; a bad line, an unknown problem or a path that occurs twice is bad input. */
    static List<ReasoningPath> read(Path file, LoopRun run) {
        return JsonRows.readAll(file, new ForeignPaths(run)::path);
    }

    private ReasoningPath path(JsonRow row) {
        row.allow("problem_id", "sample", "model", "temperature", "seed", "text", "finish", "final_answer", "correct");
        String id = row.id("problem_id");
        int sample = row.count("sample");
        Problem problem = run.problem(id);
        if (problem == null) {
            throw row.wrong(
                    "no problem " + id + " in " + run.config().problems().getFileName(),
                    "name the file of these problems with problems=FILE");
        }
        if (!seen.add(new PathKey(id, sample))) {
            throw row.wrong("a second path of problem " + id + " with sample " + sample, "leave one of them");
        }
        String text = row.text("text");
        String answer =
                row.fields().has("final_answer") ? answer(row) : run.task().finalAnswer(text, problem);
        boolean correct = row.has("correct") ? row.flag("correct") : run.task().isRight(answer, problem);
        return new ReasoningPath(
                id,
                sample,
                row.has("model") ? row.text("model") : "",
                row.numberOr("temperature", 0),
                row.longOr("seed", 0),
                text,
                finish(row),
                answer,
                correct);
    }

    private static String answer(JsonRow row) {
        return row.has("final_answer") ? row.id("final_answer") : null;
    }

    private static String finish(JsonRow row) {
        String finish = row.textOrNull("finish");
        if (finish != null && !finish.equals("stop") && !finish.equals("length")) {
            throw row.wrong("field finish is " + finish, "give stop or length, or leave it out");
        }
        return finish;
    }
}
