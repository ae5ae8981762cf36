package dev.errata.pipeline.correct;

import dev.errata.pipeline.format.CorrectorAnswer;
import dev.errata.pipeline.format.Steps;
import dev.errata.pipeline.grade.Sound;
import dev.errata.pipeline.grade.Task;
import dev.errata.pipeline.record.Correction;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.ReasoningPath;

/** The verdict on what a corrector said: kept when its solution comes to the problem's answer. */
public record CorrectionFilter(Task task) {
    /**
     * The record of one correction.
     *
     * @param text the corrector's whole answer, or null
     */
    public Correction judge(
            Problem problem, ReasoningPath path, String corrector, String text, CorrectorAnswer answer) {
        return switch (answer) {
            case CorrectorAnswer.Rejected rejected -> rejected(path, corrector, text, rejected.reason());
            case CorrectorAnswer.Read read -> {
                boolean right =
                        read.finalAnswer() != null && new Sound(task).equal(read.finalAnswer(), problem.answer());
                yield new Correction(
                        path.problemId(),
                        path.sample(),
                        corrector,
                        text,
                        read.incorrectStep(),
                        read.explanation(),
                        read.correctSolution(),
                        read.finalAnswer(),
                        right,
                        right ? null : Rejection.WRONG_ANSWER);
            }
        };
    }

    /** The record of a text that a corrector wrote about a path, in LeMa's format or not. */
    public Correction judge(String corrector, WrongPath wrong, String text) {
        int steps = Steps.of(wrong.path().text()).size();
        return judge(wrong.problem(), wrong.path(), corrector, text, CorrectorAnswer.of(text, steps, task));
    }

    /** The record of a path that was not corrected, as with {@code unfinished: skip}. */
    public static Correction rejected(ReasoningPath path, String corrector, String text, String reason) {
        return new Correction(path.problemId(), path.sample(), corrector, text, null, null, null, null, false, reason);
    }
}
