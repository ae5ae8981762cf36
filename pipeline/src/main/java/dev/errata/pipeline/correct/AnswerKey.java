package dev.errata.pipeline.correct;

import dev.errata.pipeline.filter.Rejection;
import dev.errata.pipeline.format.CorrectorAnswer;
import dev.errata.pipeline.format.Steps;
import dev.errata.pipeline.grade.NumberText;
import dev.errata.pipeline.grade.Rational;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.ReasoningPath;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Corrects a path without a model: it keeps the path's steps up to the first one that the annotated solution doesn't
 * bear out, says what is wrong there, and goes on with the annotation's own remaining steps.
 *
 * <p>Steps are compared by what they compute from what, so order and wording don't matter ({@link PathReading}). Where it
 * isn't sure which step is the first wrong one, it gives none and says why.
 */
public final class AnswerKey {
    private AnswerKey() {}

    /** The correction, or why there is none. */
    public static CorrectorAnswer correct(Problem problem, ReasoningPath path) {
        if (problem.rationale() == null || problem.rationale().isBlank()) {
            return new CorrectorAnswer.Rejected(Rejection.NO_RATIONALE);
        }
        List<String> steps = Steps.of(path.text());
        if (steps.isEmpty()) {
            return new CorrectorAnswer.Rejected(Rejection.NO_STEPS);
        }
        if (steps.stream().allMatch(step -> EquationReader.numbers(step).isEmpty())) {
            return new CorrectorAnswer.Rejected(Rejection.NO_NUMBERS);
        }
        Annotation annotation = Annotation.of(problem.rationale());
        return switch (PathReading.firstMistake(problem, path, steps, annotation)) {
            case FirstMistake.Unsure unsure -> new CorrectorAnswer.Rejected(unsure.reason());
            case FirstMistake.At mistake -> splice(problem, annotation, mistake);
        };
    }

    private static CorrectorAnswer splice(Problem problem, Annotation annotation, FirstMistake.At mistake) {
        List<Integer> remaining = mistake.kept().remaining();
        if (remaining.isEmpty()) {
            remaining = List.of(annotation.steps().size() - 1);
        }
        if (!mistake.kept().follows(remaining)) {
            return new CorrectorAnswer.Rejected(Rejection.DOES_NOT_FOLLOW);
        }
        String explanation = mistake.explanation() + need(annotation, remaining, mistake.explanation());
        List<String> solution = remaining.stream().map(annotation.steps()::get).toList();
        return new CorrectorAnswer.Read(
                mistake.step() + 1, explanation, solution, answer(problem, annotation, remaining, solution.getLast()));
    }

    /** What the first remaining computation is, after a space; nothing where none is written out or it was already said. */
    private static String need(Annotation annotation, List<Integer> remaining, String said) {
        return remaining.stream()
                .flatMap(step -> annotation.equations(step).stream())
                .filter(Equation::isComputation)
                .findFirst()
                .filter(equation -> !said.contains(equation.expression() + " is "))
                .map(equation -> " It needs " + equation.shown() + ".")
                .orElse("");
    }

    /** What the spliced steps come to: the problem's answer where one of them has it, else the last number in them. */
    private static String answer(Problem problem, Annotation annotation, List<Integer> remaining, String lastStep) {
        Optional<Rational> right = NumberText.read(problem.answer());
        if (right.isEmpty()) {
            return problem.answer();
        }
        Set<Rational> reached = new HashSet<>(EquationReader.numbers(lastStep));
        remaining.forEach(step -> annotation.equations(step).forEach(equation -> reached.add(equation.value())));
        if (reached.contains(right.get())) {
            return problem.answer();
        }
        return NumberText.lastIn(lastStep).orElse(null);
    }
}
