package dev.errata.pipeline.filter;

import dev.errata.pipeline.format.CorrectorAnswer;
import dev.errata.pipeline.record.Correction;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.ReasoningPath;
import dev.errata.pipeline.record.WrongPath;
import dev.errata.pipeline.task.Task;

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
            case CorrectorAnswer.Read read ->
                judged(
                        problem,
                        path,
                        corrector,
                        text,
                        read.incorrectStep(),
                        read.explanation(),
                        read.correctSolution(),
                        read.finalAnswer());
            case CorrectorAnswer.Whole whole ->
                judged(problem, path, corrector, text, null, whole.mistakes(), whole.solution(), whole.finalAnswer());
        };
    }

    private Correction judged(
            Problem problem,
            ReasoningPath path,
            String corrector,
            String text,
            Integer incorrectStep,
            String explanation,
            String solution,
            String finalAnswer) {
        boolean right = task.isRight(finalAnswer, problem);
        return new Correction(
                path.problemId(),
                path.sample(),
                corrector,
                text,
                incorrectStep,
                explanation,
                solution,
                finalAnswer,
                right,
                right ? null : Rejection.WRONG_ANSWER);
    }

    /** The record of a text that a corrector wrote about a path, in the task's form or not. */
    public Correction judge(String corrector, WrongPath wrong, String text) {
        CorrectorAnswer answer = task.corrections().read(text, wrong.path(), task.reader(wrong.problem()));
        return judge(wrong.problem(), wrong.path(), corrector, text, answer);
    }

    /** What a corrector is asked about a path. */
    public String prompt(WrongPath wrong) {
        return task.corrections().ask(task.shown(wrong.problem()), wrong.path());
    }

    /** The record of a path that was not corrected, as with {@code unfinished: skip}. */
    public static Correction rejected(ReasoningPath path, String corrector, String text, String reason) {
        return new Correction(path.problemId(), path.sample(), corrector, text, null, null, null, null, false, reason);
    }
}
