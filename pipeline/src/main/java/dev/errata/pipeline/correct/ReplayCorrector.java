package dev.errata.pipeline.correct;

import dev.errata.pipeline.data.JsonRow;
import dev.errata.pipeline.data.JsonRows;
import dev.errata.pipeline.filter.CorrectionFilter;
import dev.errata.pipeline.filter.Rejection;
import dev.errata.pipeline.format.CorrectorAnswer;
import dev.errata.pipeline.record.Correction;
import dev.errata.pipeline.record.WrongPath;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Takes corrections from a file: rows with {@code problem_id}, {@code sample}, and either {@code text} (a corrector's
 * answer) or {@code incorrect_step}, {@code explanation}, {@code correct_solution}, {@code final_answer}. Verdicts in the
 * file don't count and are made anew, but that an answer was cut off or refused stays.
 */
public final class ReplayCorrector implements Corrector {
    public static final String NAME = "replay";
    static final String NOT_IN_THE_FILE = "not in the replayed file";

    private record Key(String problemId, int sample) {}

    private record Said(
            String text, Integer incorrectStep, String explanation, String solution, String answer, String reason) {
        /** Whether the corrector never finished what it had to say, which no verdict on the text would find out. */
        boolean isNoAnswer() {
            return reason != null && (reason.startsWith(Rejection.CUT_OFF) || reason.startsWith(Rejection.REFUSED));
        }
    }

    private final CorrectionFilter filter;
    private final Map<Key, Said> rows = new HashMap<>();

    /** Reads the file; a bad line, or a path that has two rows, is bad input. */
    public ReplayCorrector(Path file, CorrectionFilter filter) {
        this.filter = filter;
        JsonRows.forEach(file, this::add);
    }

    private void add(JsonRow row) {
        row.allow(
                "problem_id",
                "sample",
                "corrector",
                "text",
                "incorrect_step",
                "explanation",
                "correct_solution",
                "final_answer",
                "kept",
                "reason");
        Said said = new Said(
                row.textOrNull("text"),
                row.wholeOrNull("incorrect_step"),
                row.textOrNull("explanation"),
                row.textOrNull("correct_solution"),
                row.has("final_answer") ? row.id("final_answer") : null,
                row.textOrNull("reason"));
        if (rows.putIfAbsent(new Key(row.id("problem_id"), row.count("sample")), said) != null) {
            throw row.wrong("a second correction of the same path", "leave one of them");
        }
    }

    @Override
    public void correct(List<WrongPath> wrong, int done, Consumer<Correction> corrected) {
        for (WrongPath each : wrong.subList(done, wrong.size())) {
            corrected.accept(correction(each));
        }
    }

    private Correction correction(WrongPath wrong) {
        Said said = rows.get(new Key(wrong.path().problemId(), wrong.path().sample()));
        if (said == null) {
            return CorrectionFilter.rejected(wrong.path(), NAME, null, NOT_IN_THE_FILE);
        }
        if (said.isNoAnswer()) {
            return CorrectionFilter.rejected(wrong.path(), NAME, said.text(), said.reason());
        }
        if (said.text() != null) {
            return filter.judge(NAME, wrong, said.text());
        }
        CorrectorAnswer answer = filter.task()
                .corrections()
                .assembled(
                        said.incorrectStep(),
                        said.explanation(),
                        said.solution(),
                        said.answer(),
                        wrong.path(),
                        filter.task().reader(wrong.problem()));
        return filter.judge(wrong.problem(), wrong.path(), NAME, null, answer);
    }
}
