package dev.errata.pipeline.format;

import dev.errata.pipeline.grade.AnswerReader;
import dev.errata.pipeline.record.Correction;
import dev.errata.pipeline.record.ReasoningPath;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Corrections by steps (Figures 3 and 6 of the paper): the number of the first wrong step, why it is wrong, and the
 * solution from there on.
 *
 * @param instruction what a corrector is told to do
 * @param examples worked examples, each from {@code Question:} to the closing brace of its correct solution
 */
public record StepCorrections(String instruction, List<String> examples) implements CorrectionForm {
    @Override
    public String ask(String question, ReasoningPath wrong) {
        String answer = wrong.finalAnswer();
        return instruction + "\n\n" + String.join("\n", examples) + "\n"
                + CorrectionFormat.query(
                        question, Steps.of(wrong.text()), answer == null ? "" : "\n" + CotFormat.answerLine(answer));
    }

    @Override
    public CorrectorAnswer read(String text, ReasoningPath wrong, AnswerReader answers) {
        return CorrectorAnswer.ofSteps(text, Steps.of(wrong.text()).size(), answers);
    }

    @Override
    public CorrectorAnswer assembled(
            Integer incorrectStep,
            String explanation,
            String solution,
            String answer,
            ReasoningPath wrong,
            AnswerReader answers) {
        if (incorrectStep == null || explanation == null || solution == null) {
            return new CorrectorAnswer.Rejected(CorrectorAnswer.NO_FORMAT);
        }
        if (incorrectStep < 1 || incorrectStep > Steps.of(wrong.text()).size() + 1) {
            return new CorrectorAnswer.Rejected(CorrectorAnswer.NO_SUCH_STEP);
        }
        List<String> steps = Steps.ofLines(solution);
        if (steps.isEmpty() || explanation.isBlank()) {
            return new CorrectorAnswer.Rejected(CorrectorAnswer.NO_FORMAT);
        }
        String found = answers.in(answer == null ? solution : answer);
        return found == null
                ? new CorrectorAnswer.Rejected(CorrectorAnswer.NO_FINAL_ANSWER)
                : new CorrectorAnswer.Read(incorrectStep, explanation, steps, found);
    }

    @Override
    public boolean isClosed(String text) {
        return CorrectorAnswer.isClosed(text);
    }

    @Override
    public Set<CorrectionPart> parts() {
        return CorrectionPart.ALL;
    }

    @Override
    public String prompt(String question, ReasoningPath wrong, Set<CorrectionPart> parts) {
        return CorrectionFormat.prompt(question, Steps.of(wrong.text()), parts);
    }

    @Override
    public String completion(Correction kept, Set<CorrectionPart> parts) {
        return CorrectionFormat.completion(
                kept.incorrectStep(),
                kept.explanation(),
                Steps.ofLines(kept.correctSolution()),
                kept.finalAnswer(),
                parts);
    }

    /** The wrong path's steps before the wrong one, then the correction's. */
    @Override
    public List<String> corrected(ReasoningPath wrong, Correction kept) {
        List<String> steps = Steps.of(wrong.text());
        int right = Math.min(kept.incorrectStep() - 1, steps.size());
        return Stream.concat(steps.subList(0, right).stream(), Steps.ofLines(kept.correctSolution()).stream())
                .toList();
    }
}
