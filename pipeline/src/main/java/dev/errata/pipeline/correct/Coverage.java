package dev.errata.pipeline.correct;

import dev.errata.pipeline.grade.Rational;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Which computations of an annotation the kept steps of a path have made, and which remain to be made after them. */
final class Coverage {
    private final Annotation annotation;
    private final Derivation derivation;
    private final Set<Integer> made = new HashSet<>();
    private final Set<Rational> values = new HashSet<>();

    Coverage(Annotation annotation, Derivation derivation) {
        this.annotation = annotation;
        this.derivation = derivation;
    }

    /** Takes the value of a kept computation; {@code node} is the annotation's computation that it is, or -1. */
    void keep(int node, Rational value) {
        values.add(value);
        if (node >= 0) {
            made.add(node);
        }
    }

    boolean has(int node) {
        return made.contains(node);
    }

    /** Whether the computation that gives the answer was made. */
    boolean isComplete() {
        List<Derivation.Node> needed = derivation.needed();
        return !needed.isEmpty() && made.contains(needed.getLast().index());
    }

    /** The annotation's steps that still have to be done, in order, by their index. */
    List<Integer> remaining() {
        Set<Integer> open = new TreeSet<>();
        if (!derivation.needed().isEmpty()) {
            open(derivation.needed().getLast(), open);
        }
        List<Integer> reversed = new ArrayList<>();
        boolean next = true;
        for (int step = annotation.steps().size() - 1; step >= 0; step--) {
            boolean computes = annotation.equations(step).stream().anyMatch(Equation::isComputation);
            // A step of words alone belongs to the computation after it.
            next = computes ? open.contains(step) : next;
            if (next) {
                reversed.add(step);
            }
        }
        return open.isEmpty() ? List.of() : reversed.reversed();
    }

    private void open(Derivation.Node node, Set<Integer> steps) {
        if (made.contains(node.index())) {
            return;
        }
        steps.add(node.step());
        for (int input : node.inputs()) {
            if (input >= 0) {
                open(derivation.nodes().get(input), steps);
            }
        }
    }

    /**
     * Whether the remaining steps follow from the kept ones: each of their numbers is given, stands in a kept step, or is
     * worked out in a remaining step before.
     */
    boolean follows(List<Integer> remaining) {
        Set<Rational> have = new HashSet<>(values);
        for (int step : remaining) {
            for (Equation equation : annotation.equations(step)) {
                for (Rational operand : equation.operands()) {
                    NumberSources sources = derivation.sources();
                    if (!have.contains(operand) && !sources.gives(operand) && !sources.derives(operand)) {
                        return false;
                    }
                }
                have.add(equation.value());
            }
        }
        return true;
    }
}
