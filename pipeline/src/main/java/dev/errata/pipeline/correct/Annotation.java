package dev.errata.pipeline.correct;

import dev.errata.pipeline.format.Steps;
import java.util.ArrayList;
import java.util.List;
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

    private Annotation(List<String> steps, List<List<Equation>> equations) {
        this.steps = steps;
        this.equations = equations;
    }

    static Annotation of(String rationale) {
        List<String> steps = Steps.of(rationale);
        List<List<Equation>> noted = notes(rationale);
        List<List<Equation>> equations = new ArrayList<>();
        for (int step = 0; step < steps.size(); step++) {
            List<Equation> written = EquationReader.equations(steps.get(step));
            List<Equation> calculated = step < noted.size() ? noted.get(step) : List.<Equation>of();
            // A note such as <<5=5>> tells less than the step beside it.
            boolean told = !calculated.isEmpty() && calculated.stream().allMatch(Equation::isComputation);
            equations.add(told || written.isEmpty() ? calculated : written);
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
}
