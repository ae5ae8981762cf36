package dev.errata.pipeline.demo;

import dev.errata.pipeline.correct.AnswerKey;
import dev.errata.pipeline.format.CorrectionFormat;
import dev.errata.pipeline.format.CorrectorAnswer;
import dev.errata.pipeline.format.Steps;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.ReasoningPath;
import dev.errata.pipeline.record.TrainingRow;
import dev.errata.pipeline.task.Gsm8k;
import dev.errata.pipeline.task.Task;
import java.util.Optional;

/**
 * A problem as a row of pretraining. Most are worked solutions. One in twelve is a correction of an invented mistake: a large model has
 * met the words and the form of corrections in its pretraining, and a small one that has not spends its adapter on spelling them.
 *
 * @param prompt the instruction and the question
 * @param completion what the model learns to write
 */
public record PretrainingRow(String prompt, String completion) {
    private static final int ONE_IN = 12;
    private static final Task TASK = new Gsm8k();

    /** The row of a problem whose rationale has a step a line; it depends on nothing else. */
    public static PretrainingRow of(Problem problem) {
        Draw draw = new Draw(0, Split.hash(problem.question()));
        TrainingRow solution = TASK.cotRow(problem);
        PretrainingRow worked = new PretrainingRow(solution.prompt(), solution.completion());
        if (draw.below(ONE_IN) > 0) {
            return worked;
        }
        return InventedMistake.in(problem, draw)
                .flatMap(path -> corrected(problem, path))
                .orElse(worked);
    }

    private static Optional<PretrainingRow> corrected(Problem problem, ReasoningPath path) {
        if (AnswerKey.correct(problem, path) instanceof CorrectorAnswer.Read read
                && problem.answer().equals(read.finalAnswer())) {
            return Optional.of(new PretrainingRow(
                    CorrectionFormat.prompt(problem.question(), Steps.of(path.text())),
                    CorrectionFormat.completion(
                            read.incorrectStep(), read.explanation(), read.solution(), read.finalAnswer())));
        }
        return Optional.empty();
    }
}
