package dev.errata.pipeline.correct;

import dev.errata.pipeline.grade.Rational;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Which steps of an annotation the kept steps of a path stand for, and which remain to be done after them. */
final class Coverage {
    private final Annotation annotation;
    private final boolean[][] covered;
    private final Set<Rational> known = new HashSet<>();

    Coverage(Annotation annotation) {
        this.annotation = annotation;
        covered = new boolean[annotation.steps().size()][];
        for (int step = 0; step < covered.length; step++) {
            covered[step] = new boolean[annotation.equations(step).size()];
        }
    }

    /** Takes one computation of a kept step: it stands for at most one of the annotation's, that with its operands first. */
    void keep(Equation equation) {
        known.add(equation.value());
        if (!mark(equation, true)) {
            mark(equation, false);
        }
    }

    private boolean mark(Equation equation, boolean sameOperands) {
        for (int step = 0; step < covered.length; step++) {
            List<Equation> own = annotation.equations(step);
            for (int i = 0; i < own.size(); i++) {
                boolean fits = own.get(i).value().equals(equation.value())
                        && (!sameOperands || Annotation.sameOperands(own.get(i), equation));
                if (fits && !covered[step][i]) {
                    covered[step][i] = true;
                    return true;
                }
            }
        }
        return false;
    }

    /** The annotation's steps that still have to be done, in order, by their index. */
    List<Integer> remaining() {
        List<Integer> reversed = new ArrayList<>();
        boolean next = true;
        for (int step = covered.length - 1; step >= 0; step--) {
            boolean computes = covered[step].length > 0;
            // A step of words alone belongs to the computation after it.
            next = computes ? !isCovered(step) && isNeeded(step, reversed) : next;
            if (next) {
                reversed.add(step);
            }
        }
        return reversed.reversed();
    }

    private boolean isCovered(int step) {
        for (boolean one : covered[step]) {
            if (!one) {
                return false;
            }
        }
        return true;
    }

    /** A value that only kept steps use was worked out within one of them. */
    private boolean isNeeded(int step, List<Integer> later) {
        boolean used = later.stream().anyMatch(other -> uses(other, step));
        for (int other = step + 1; !used && other < covered.length; other++) {
            if (uses(other, step)) {
                return false;
            }
        }
        return true;
    }

    private boolean uses(int later, int earlier) {
        return annotation.equations(later).stream()
                .flatMap(equation -> equation.operands().stream())
                .anyMatch(operand -> annotation.equations(earlier).stream()
                        .anyMatch(equation -> equation.value().equals(operand)));
    }

    /**
     * Whether the remaining steps follow from the kept ones: no operand of theirs is a value that the annotation
     * computes in a step which neither remains nor was kept.
     */
    boolean follows(List<Integer> remaining, Set<Rational> given) {
        Set<Rational> have = new HashSet<>(known);
        for (int step : remaining) {
            for (Equation equation : annotation.equations(step)) {
                for (Rational operand : equation.operands()) {
                    if (annotation.values().contains(operand) && !have.contains(operand) && !given.contains(operand)) {
                        return false;
                    }
                }
                have.add(equation.value());
            }
        }
        return true;
    }
}
