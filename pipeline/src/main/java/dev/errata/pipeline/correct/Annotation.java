package dev.errata.pipeline.correct;

import dev.errata.pipeline.format.Steps;
import dev.errata.pipeline.grade.Rational;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The annotated solution of a problem: its steps, and the equations of each, from the calculator notes where it has
 * them.
 */
final class Annotation {
    private static final Pattern NOTE = Pattern.compile("<<([^<>\\n]{1,200}+)>>");

    private final List<String> steps;
    private final List<List<Equation>> equations;
    private final Set<Rational> values = new HashSet<>();
    private final Set<Rational> numbers = new HashSet<>();

    private Annotation(List<String> steps, List<List<Equation>> equations) {
        this.steps = steps;
        this.equations = equations;
        for (int step = 0; step < steps.size(); step++) {
            numbers.addAll(GivenNumbers.in(steps.get(step)));
            for (Equation equation : equations.get(step)) {
                values.add(equation.value());
                numbers.addAll(equation.operands());
            }
        }
        numbers.addAll(values);
    }

    static Annotation of(String rationale) {
        List<String> steps = Steps.of(rationale);
        List<List<Equation>> noted = notes(rationale);
        List<List<Equation>> equations = new ArrayList<>();
        for (int step = 0; step < steps.size(); step++) {
            List<Equation> written = EquationReader.equations(steps.get(step));
            List<Equation> calculated = step < noted.size() ? noted.get(step) : List.<Equation>of();
            equations.add(calculated.isEmpty() ? written : calculated);
        }
        return new Annotation(steps, equations);
    }

    /** The notes of each step; empty when the rationale's lines are not its steps. */
    private static List<List<Equation>> notes(String rationale) {
        List<String> lines = rationale
                .lines()
                .filter(line -> Steps.ofLines(line).size() == 1)
                .toList();
        if (lines.size() < 2) {
            return List.of();
        }
        List<List<Equation>> notes = new ArrayList<>();
        for (String line : lines) {
            List<Equation> found = new ArrayList<>();
            Matcher note = NOTE.matcher(line);
            while (note.find()) {
                found.addAll(EquationReader.equations(note.group(1)));
            }
            notes.add(found);
        }
        return notes;
    }

    List<String> steps() {
        return steps;
    }

    List<Equation> equations(int step) {
        return equations.get(step);
    }

    /** Every value that it computes. */
    Set<Rational> values() {
        return values;
    }

    /** Every number that stands in it. */
    Set<Rational> numbers() {
        return numbers;
    }

    /** Whether it has this very computation, in whatever order, rounded as it may be. */
    boolean states(Equation equation) {
        return equations.stream()
                .flatMap(List::stream)
                .anyMatch(own -> own.value().equals(equation.value()) && sameOperands(own, equation));
    }

    /** Whether a value that it computes or a pair of its operands occurs in the equation. */
    boolean shares(Equation equation) {
        return values.contains(equation.value())
                || equations.stream().flatMap(List::stream).anyMatch(own -> sharesPair(own, equation));
    }

    private static boolean sharesPair(Equation own, Equation other) {
        List<Rational> rest = new ArrayList<>(own.operands());
        int shared = 0;
        for (Rational operand : other.operands()) {
            shared += rest.remove(operand) ? 1 : 0;
        }
        return shared >= 2;
    }

    static boolean sameOperands(Equation one, Equation other) {
        return one.operands().stream()
                .sorted()
                .toList()
                .equals(other.operands().stream().sorted().toList());
    }
}
