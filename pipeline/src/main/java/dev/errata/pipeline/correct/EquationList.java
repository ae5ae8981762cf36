package dev.errata.pipeline.correct;

import dev.errata.pipeline.format.Steps;
import java.util.List;
import java.util.Locale;

/**
 * What a solution computes, in order. Solutions with equal lists differ in words alone and count as one, as in rejection
 * sampling (arXiv 2308.01825).
 */
public final class EquationList {
    private EquationList() {}

    /** The equations of a solution; where it states none, its steps in small letters. */
    public static List<String> of(String solution) {
        List<String> steps = Steps.of(solution);
        List<String> equations = steps.stream()
                .flatMap(step -> EquationReader.equations(step).stream())
                .filter(Equation::isComputation)
                .map(Equation::shown)
                .toList();
        return equations.isEmpty()
                ? steps.stream()
                        .map(step -> step.toLowerCase(Locale.ROOT).replaceAll("\\s+", " "))
                        .toList()
                : equations;
    }
}
