package dev.errata.pipeline.task;

import dev.errata.pipeline.data.JsonRow;
import dev.errata.pipeline.format.CorrectionForm;
import dev.errata.pipeline.format.CorrectionPart;
import dev.errata.pipeline.format.CotFormat;
import dev.errata.pipeline.format.Steps;
import dev.errata.pipeline.grade.AnswerKind;
import dev.errata.pipeline.grade.AnswerReader;
import dev.errata.pipeline.grade.Grader;
import dev.errata.pipeline.grade.Hendrycks;
import dev.errata.pipeline.grade.LemaCompat;
import dev.errata.pipeline.grade.Sound;
import dev.errata.pipeline.record.Correction;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.ReasoningPath;
import dev.errata.pipeline.record.TrainingRow;
import dev.errata.tensor.BadInputException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A data set as the loop and {@code eval} know it. Sampling, correcting, filtering, training rows and evaluation ask it;
 * none of them knows a data set by name. To add one: its class, and its line in {@link Tasks}.
 */
public interface Task {
    /** Its name in configs and on the command line, as {@code gsm8k}. */
    String name();

    /** What its final answers are, by which they are found and compared. */
    AnswerKind answers();

    /** Where its data are to be had. */
    PublicData data();

    /**
     * A row of its public files, or of files that others made of them; empty for a row in another layout.
     *
     * @return a problem whose id is null where the row has none, and whose answer is as the row gives it
     */
    Optional<Problem> published(JsonRow row);

    /** Whether a published problem is one of those that figures are given for; others are left out, and it is said. */
    default boolean counts(Problem published) {
        return true;
    }

    /** The first line of the prompt. */
    String instruction();

    /** What a prompt shows of a problem. */
    default String shown(Problem problem) {
        return problem.question();
    }

    /** Worked examples for few-shot prompts, the first ones first; each has a rationale. */
    List<Problem> examples();

    /** How its wrong solutions are corrected. */
    CorrectionForm corrections();

    /** The verdicts of the LEMA release, where it has any on this data set. */
    default Optional<LemaCompat.Rule> releaseRule() {
        return Optional.empty();
    }

    /** The prompt of a problem, without examples. */
    default String prompt(Problem problem) {
        return CotFormat.prompt(instruction(), shown(problem));
    }

    /** The training row of a problem that has a rationale. */
    default TrainingRow cotRow(Problem problem) {
        return new TrainingRow(
                prompt(problem),
                CotFormat.completion(Steps.of(problem.rationale()), problem.answer()),
                CotFormat.KIND,
                problem.id());
    }

    /** The training row of these parts of a kept correction of this path. */
    default TrainingRow correctionRow(
            Problem problem, ReasoningPath wrong, Correction kept, Set<CorrectionPart> parts) {
        return new TrainingRow(
                corrections().prompt(shown(problem), wrong, parts),
                corrections().completion(kept, parts),
                CorrectionForm.KIND,
                problem.id());
    }

    /** The solution that a kept correction makes of this path, as a chain-of-thought row. */
    default TrainingRow correctedRow(Problem problem, ReasoningPath wrong, Correction kept) {
        return new TrainingRow(
                prompt(problem),
                CotFormat.completion(corrections().corrected(wrong, kept), kept.finalAnswer()),
                CorrectionForm.CORRECTED,
                problem.id());
    }

    /** Reads the final answers of a problem in texts. */
    default AnswerReader reader(Problem problem) {
        return new AnswerReader(answers(), problem.choices());
    }

    /** The final answer that a text gives to a problem, or null. */
    default String finalAnswer(String text, Problem problem) {
        return reader(problem).in(text);
    }

    /** The metric: whether a final answer, which may be null, is the problem's. */
    default boolean isRight(String finalAnswer, Problem problem) {
        return answers().same(finalAnswer, problem.answer());
    }

    /**
     * The grader of this name: {@code lema-compat}, {@code hendrycks} or {@code sound}.
     *
     * @param where the option or key that holds the name, for the message
     * @throws BadInputException if there is none
     */
    default Grader grader(String label, String where) {
        return switch (label) {
            case "lema-compat" ->
                new LemaCompat(releaseRule()
                        .orElseThrow(() -> new BadInputException(
                                "the LEMA release has no verdicts on " + name(), where, "use sound")));
            case "hendrycks" -> new Hendrycks();
            case "sound" -> new Sound(answers());
            default ->
                throw new BadInputException(
                        "unknown grader \"" + label + "\"", where, "use one of lema-compat, hendrycks, sound");
        };
    }
}
