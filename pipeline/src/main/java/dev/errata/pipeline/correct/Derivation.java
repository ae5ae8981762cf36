package dev.errata.pipeline.correct;

import dev.errata.pipeline.grade.Rational;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** What an annotation computes from what: its computations in order, each with those before it whose values it uses. */
final class Derivation {
    /**
     * One computation.
     *
     * @param index among all of the annotation, from 0
     * @param step the annotation's step that holds it
     * @param written its expression with every number a symbol
     * @param forms what it makes of the given numbers; several where a number may come from several places
     * @param inputs the computations whose values it uses, by the index of its number; -1 where a number is given
     */
    record Node(
            int index,
            int step,
            Equation equation,
            ArithmeticExpression expression,
            Form written,
            List<Form> forms,
            List<Integer> inputs) {
        Rational value() {
            return equation.value();
        }
    }

    private final List<Node> nodes = new ArrayList<>();
    private final Set<Integer> needed = new TreeSet<>();
    private final NumberSources sources;
    private final boolean whole;

    /**
     * @param given the numbers that the question gives
     * @param answer the problem's answer; null where it is no number
     */
    Derivation(Annotation annotation, Set<Rational> given, Rational answer) {
        NumberSources question = new NumberSources(given);
        Set<Rational> known = new HashSet<>(given);
        Set<Rational> computed = new HashSet<>();
        for (int step = 0; step < annotation.steps().size(); step++) {
            for (Equation equation : annotation.equations(step)) {
                for (Rational operand : equation.operands()) {
                    if (!computed.contains(operand) && !question.derives(operand)) {
                        known.add(operand);
                    }
                }
                computed.add(equation.value());
            }
        }
        sources = new NumberSources(known);
        Set<Integer> used = new HashSet<>();
        for (int step = 0; step < annotation.steps().size(); step++) {
            for (Equation equation : annotation.equations(step)) {
                if (equation.isComputation()) {
                    add(step, equation, used);
                }
            }
        }
        last(answer).ifPresent(this::need);
        whole = needed().stream().allMatch(node -> isWhole(node, given));
    }

    /** Whether all its numbers are given, known or computed before. */
    private boolean isWhole(Node node, Set<Rational> given) {
        NumberSources question = new NumberSources(given);
        List<Rational> numbers = node.expression().numbers();
        for (int i = 0; i < numbers.size(); i++) {
            if (node.inputs().get(i) < 0 && !question.knows(numbers.get(i))) {
                return false;
            }
        }
        return true;
    }

    private void add(int step, Equation equation, Set<Integer> used) {
        Optional<ArithmeticExpression> expression = ArithmeticExpression.of(equation.expression());
        Optional<Form> written = expression.flatMap(NumberSources::written);
        if (written.isEmpty()) {
            return;
        }
        List<Integer> inputs = new ArrayList<>();
        List<List<Form>> ways = new ArrayList<>();
        for (Rational number : expression.get().numbers()) {
            List<Form> forms = new ArrayList<>();
            int input = -1;
            for (Node node : nodes.reversed()) {
                if (node.value().equals(number)) {
                    boolean first = forms.isEmpty() || (used.contains(input) && !used.contains(node.index()));
                    input = first ? node.index() : input;
                    forms.addAll(first ? 0 : forms.size(), node.forms());
                }
            }
            if (input >= 0 && used.contains(input) && sources.gives(number)) {
                input = -1;
                forms.addFirst(sources.form(number));
            } else if (input < 0 || sources.gives(number)) {
                forms.add(sources.form(number));
            }
            if (input >= 0) {
                used.add(input);
            }
            inputs.add(input);
            ways.add(forms);
        }
        List<Form> forms = NumberSources.readings(expression.get(), ways);
        if (!forms.isEmpty()) {
            nodes.add(new Node(nodes.size(), step, equation, expression.get(), written.get(), forms, inputs));
        }
    }

    /** The last computation that gives the answer. */
    private Optional<Node> last(Rational answer) {
        return nodes.reversed().stream()
                .filter(node -> node.value().equals(answer))
                .findFirst();
    }

    private void need(Node node) {
        if (needed.add(node.index())) {
            node.inputs().stream().filter(input -> input >= 0).forEach(input -> need(nodes.get(input)));
        }
    }

    /** The computations, in order. */
    List<Node> nodes() {
        return nodes;
    }

    /** Those that the answer hangs on, in order; empty where the annotation doesn't compute it. */
    List<Node> needed() {
        return needed.stream().map(nodes::get).toList();
    }

    /** Whether each number of theirs is accounted for; otherwise something was worked out beside the annotation. */
    boolean isWhole() {
        return whole;
    }

    /** Whether what they say is right. */
    boolean holds() {
        return needed().stream()
                .allMatch(node -> node.equation().holds() || node.equation().isClose());
    }

    NumberSources sources() {
        return sources;
    }
}
