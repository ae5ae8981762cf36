package dev.errata.pipeline.correct;

import dev.errata.pipeline.grade.Rational;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The first step of a path that its annotation doesn't bear out.
 *
 * @param step its index from 0; the number of steps when all are borne out
 * @param explanation what is wrong with it, in one or two sentences; empty when nothing is
 */
record FirstMistake(int step, String explanation) {
    static FirstMistake in(
            List<String> steps, List<List<Equation>> equations, Annotation annotation, Set<Rational> given) {
        Set<Rational> known = new HashSet<>(given);
        known.addAll(annotation.numbers());
        for (int step = 0; step < steps.size(); step++) {
            List<Equation> own = equations.get(step);
            Optional<String> fault = own.isEmpty()
                    ? unknownNumber(steps.get(step), known)
                    : firstPresent(own, equations.subList(step + 1, equations.size()), annotation);
            if (fault.isPresent()) {
                return new FirstMistake(step, fault.get());
            }
            own.forEach(equation -> known.add(equation.value()));
        }
        return new FirstMistake(steps.size(), "");
    }

    private static Optional<String> firstPresent(
            List<Equation> own, List<List<Equation>> later, Annotation annotation) {
        for (int i = 0; i < own.size(); i++) {
            Equation equation = own.get(i);
            if (annotation.states(equation)) {
                continue;
            }
            if (!equation.holds()) {
                return Optional.of("The arithmetic is wrong. " + equation.expression() + " is "
                        + equation.computed().orElseThrow().decimal() + ", not "
                        + equation.value().decimal() + ".");
            }
            boolean borneOut = annotation.values().contains(equation.value())
                    || leadsOn(equation, own.subList(i + 1, own.size()), annotation)
                    || later.stream().anyMatch(step -> leadsOn(equation, step, annotation));
            if (!borneOut) {
                return Optional.of("The solution does not need " + equation.shown() + ".");
            }
        }
        return Optional.empty();
    }

    /** Whether a right computation gets from the equation's value to one of the annotation's. */
    private static boolean leadsOn(Equation equation, List<Equation> later, Annotation annotation) {
        return later.stream()
                .anyMatch(next -> next.isComputation()
                        && next.operands().contains(equation.value())
                        && next.holds()
                        && annotation.values().contains(next.value()));
    }

    private static Optional<String> unknownNumber(String step, Set<Rational> known) {
        return EquationReader.numbers(step).stream()
                .filter(number -> !known.contains(number))
                .findFirst()
                .map(number -> "Neither the question nor the solution gives the number " + number.decimal() + ".");
    }
}
