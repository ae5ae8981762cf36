package dev.errata.pipeline.format;

import dev.errata.pipeline.grade.AnswerReader;
import dev.errata.pipeline.record.Correction;
import dev.errata.pipeline.record.ReasoningPath;
import java.util.List;
import java.util.Set;

/**
 * How a task's wrong solutions are corrected: what a corrector is asked and how its answer is read, and what a model is
 * trained on. The paper (arXiv 2310.20689) has two forms: by steps, and of the whole answer.
 */
public sealed interface CorrectionForm permits StepCorrections, WholeCorrections {
    /** What records call the training rows of corrections. */
    String KIND = "correction";

    /** What records call chain-of-thought rows of corrected solutions. */
    String CORRECTED = "corrected";

    /**
     * The corrector's prompt: an instruction, worked examples, the question and its wrong solution.
     *
     * @param question what the task shows of the problem, candidates included
     */
    String ask(String question, ReasoningPath wrong);

    /** Reads what a corrector wrote after the prompt. */
    CorrectorAnswer read(String text, ReasoningPath wrong, AnswerReader answers);

    /**
     * The same from the parts of a record that has no text.
     *
     * @param incorrectStep null where the record names none
     * @param explanation or null
     * @param solution or null
     * @param answer the record's final answer; null: that of the solution
     */
    CorrectorAnswer assembled(
            Integer incorrectStep,
            String explanation,
            String solution,
            String answer,
            ReasoningPath wrong,
            AnswerReader answers);

    /** Whether the correction's closing brace is there, so that what follows no longer belongs to it. */
    boolean isClosed(String text);

    /** What a correction of this form has. */
    Set<CorrectionPart> parts();

    /**
     * The training prompt of a wrong path: it asks for these parts, at least one of which the form has, and ends where the
     * first of them begins.
     */
    String prompt(String question, ReasoningPath wrong, Set<CorrectionPart> parts);

    /** The training completion of a kept correction: these parts of it. */
    String completion(Correction kept, Set<CorrectionPart> parts);

    /** The whole solution that a kept correction makes of the wrong path, in steps and without the answer's sentence. */
    List<String> corrected(ReasoningPath wrong, Correction kept);
}
