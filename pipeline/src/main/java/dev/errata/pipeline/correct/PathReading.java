package dev.errata.pipeline.correct;

import dev.errata.pipeline.filter.Rejection;
import dev.errata.pipeline.grade.NumberText;
import dev.errata.pipeline.grade.Rational;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.ReasoningPath;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Reads a path beside the derivation of its annotation, computation by computation.
 *
 * <p>A computation is borne out when it makes the same of the given numbers as one of the annotation's, however it is
 * written, and speaks of nobody else. One that may be on the way to one of the annotation's waits until a later one gets
 * there. The first that is neither is the mistake, if there is a second sign that it stands where a computation of the
 * annotation belongs; otherwise it may begin another way that is right, and nothing is sure.
 */
final class PathReading {
    /**
     * A computation that was read.
     *
     * @param place among all of the path's computations
     * @param node the annotation's computation that it is; -1 for one that waits
     */
    private record Told(int step, int place, Equation equation, List<Form> forms, int node) {}

    /** A computation of the path, where it stands. */
    private record Claim(int step, int place, Equation equation) {}

    private final List<String> steps;
    private final List<List<Equation>> equations;
    private final Annotation annotation;
    private final Derivation derivation;
    private final StepWords.Subjects subjects;
    private final Optional<Rational> answer;
    private final List<Claim> claims = new ArrayList<>();
    private final List<Told> told = new ArrayList<>();
    private final List<Told> waiting = new ArrayList<>();
    private final Set<Integer> made = new HashSet<>();

    private PathReading(Problem problem, ReasoningPath path, List<String> steps, Annotation annotation) {
        this.steps = steps;
        this.equations = steps.stream()
                .map(step -> EquationReader.equations(step).stream()
                        .filter(Equation::isComputation)
                        .toList())
                .toList();
        this.annotation = annotation;
        this.derivation = new Derivation(
                annotation,
                GivenNumbers.in(problem.question()),
                NumberText.read(problem.answer()).orElse(null));
        this.subjects = StepWords.Subjects.of(problem.question());
        this.answer = path.finalAnswer() == null ? Optional.empty() : NumberText.read(path.finalAnswer());
        for (int step = 0; step < steps.size(); step++) {
            for (Equation equation : equations.get(step)) {
                claims.add(new Claim(step, claims.size(), equation));
            }
        }
    }

    static FirstMistake firstMistake(Problem problem, ReasoningPath path, List<String> steps, Annotation annotation) {
        PathReading reading = new PathReading(problem, path, steps, annotation);
        FirstMistake found = reading.read();
        boolean nothing = found instanceof FirstMistake.Unsure && !reading.sharesANumber();
        return nothing ? new FirstMistake.Unsure(Rejection.NOTHING_IN_COMMON) : found;
    }

    private boolean sharesANumber() {
        return claims.stream()
                .map(Claim::equation)
                .anyMatch(equation -> derivation.nodes().stream()
                        .anyMatch(node -> node.value().equals(equation.value())
                                || node.equation().operands().stream().anyMatch(equation.operands()::contains)));
    }

    private FirstMistake read() {
        if (derivation.needed().isEmpty() || !derivation.holds()) {
            return new FirstMistake.Unsure(Rejection.NOTHING_IN_COMMON);
        }
        int place = 0;
        for (int step = 0; step < steps.size(); step++) {
            if (equations.get(step).isEmpty() && saysUnknownNumber(step)) {
                return new FirstMistake.Unsure(Rejection.UNSURE);
            }
            for (int i = 0; i < equations.get(step).size(); i++) {
                Optional<FirstMistake> mistake = take(claims.get(place++));
                if (mistake.isPresent()) {
                    return mistake.get();
                }
            }
        }
        if (!waiting.isEmpty()) {
            return waitingInVain();
        }
        if (made.contains(derivation.needed().getLast().index())) {
            return new FirstMistake.Unsure(Rejection.ANSWER_LINE);
        }
        return told.isEmpty()
                ? new FirstMistake.Unsure(Rejection.NOTHING_IN_COMMON)
                : new FirstMistake.At(steps.size(), "The solution stops too early.", kept(steps.size()));
    }

    /** A step that computes nothing and names a number from nowhere was worked out in the head. */
    private boolean saysUnknownNumber(int step) {
        return EquationReader.numbers(steps.get(step)).stream()
                .anyMatch(number -> !derivation.sources().knows(number)
                        && told.stream()
                                .noneMatch(each -> each.equation().value().equals(number))
                        && derivation.nodes().stream()
                                .noneMatch(node -> node.value().equals(number)));
    }

    /** Takes the next computation; gives the outcome where the reading ends with it. */
    private Optional<FirstMistake> take(Claim claim) {
        Equation equation = claim.equation();
        Optional<ArithmeticExpression> expression = ArithmeticExpression.of(equation.expression());
        Optional<Form> written = expression.flatMap(NumberSources::written);
        if (written.isEmpty()) {
            return Optional.of(new FirstMistake.Unsure(Rejection.UNSURE));
        }
        List<Form> forms = forms(expression.get());
        List<Derivation.Node> same = same(forms, written.get());
        boolean right =
                equation.holds() || same.stream().anyMatch(node -> node.value().equals(equation.value()));
        if (!right) {
            return Optional.of(equation.isClose() ? unsure() : blame(claim, FirstMistake.arithmetic(equation), same));
        }
        if (same.stream().anyMatch(node -> !made.contains(node.index())) || isRepetition(claim, written.get(), same)) {
            return accept(claim, forms, same);
        }
        if (!same.isEmpty()) {
            boolean again = same.stream().anyMatch(node -> node.written().equals(written.get()));
            return Optional.of(again ? unsure() : foreign(claim)); // back at what was had before
        }
        if (isWritten(equation)) {
            return Optional.of(unsure()); // the same numbers, from elsewhere
        }
        if (!isComplete()
                && derivation.needed().stream()
                        .filter(node -> !made.contains(node.index()))
                        .anyMatch(node -> isPart(forms, node))) {
            Told part = new Told(claim.step(), claim.place(), equation, forms, -1);
            told.add(part);
            waiting.add(part);
            return Optional.empty();
        }
        return Optional.of(isNeutral(equation) ? unsure() : foreign(claim));
    }

    /** Times or over one: it says nothing wrong. */
    private static boolean isNeutral(Equation equation) {
        return equation.operands().contains(Rational.ONE)
                && equation.operands().contains(equation.value())
                && equation.operands().size() == 2;
    }

    /** The annotation's computations that make the same of the given numbers; those alone that are also written so, if there are any. */
    private List<Derivation.Node> same(List<Form> forms, Form written) {
        List<Derivation.Node> same = derivation.nodes().stream()
                .filter(node -> node.forms().stream().anyMatch(forms::contains))
                .toList();
        List<Derivation.Node> alike =
                same.stream().filter(node -> node.written().equals(written)).toList();
        return alike.isEmpty() ? same : alike;
    }

    /** Whether it only says again what was said, and nothing hangs on it. */
    private boolean isRepetition(Claim claim, Form written, List<Derivation.Node> same) {
        return same.stream().anyMatch(node -> node.written().equals(written)) && !isLast(claim) && !standsFor(claim);
    }

    /** Whether it is the last computation and its value the path's answer. */
    private boolean isLast(Claim claim) {
        return claim.place() == claims.size() - 1
                && answer.filter(claim.equation().value()::equals).isPresent();
    }

    private static FirstMistake unsure() {
        return new FirstMistake.Unsure(Rejection.UNSURE);
    }

    private static boolean isPart(List<Form> forms, Derivation.Node node) {
        return forms.stream().anyMatch(form -> node.forms().stream().anyMatch(form::isPartOf));
    }

    private boolean isComplete() {
        return made.contains(derivation.needed().getLast().index());
    }

    /** The ways to read an expression: its numbers come from computations before it, from the question, or were worked out in the head. */
    private List<Form> forms(ArithmeticExpression expression) {
        List<List<Form>> ways = new ArrayList<>();
        for (Rational number : expression.numbers()) {
            List<Form> forms = new ArrayList<>();
            for (Told each : told.reversed()) {
                if (each.equation().value().equals(number)) {
                    forms.addAll(each.forms());
                }
            }
            if (derivation.sources().gives(number)) {
                forms.add(derivation.sources().form(number));
            }
            if (forms.isEmpty()) {
                derivation.nodes().stream()
                        .filter(node -> node.value().equals(number) && !made.contains(node.index()))
                        .forEach(node -> forms.addAll(node.forms()));
            }
            if (forms.isEmpty()) {
                forms.add(derivation.sources().form(number));
            }
            ways.add(forms);
        }
        return NumberSources.readings(expression, ways);
    }

    private Optional<FirstMistake> accept(Claim claim, List<Form> forms, List<Derivation.Node> same) {
        StepWords words = words(claim.step());
        List<Derivation.Node> fitting =
                same.stream().filter(node -> !words.contradicts(words(node))).toList();
        if (fitting.isEmpty()) {
            return Optional.of(new FirstMistake.Unsure(Rejection.OTHER_WORDS));
        }
        Derivation.Node node = fitting.stream()
                .filter(each -> !made.contains(each.index()))
                .findFirst()
                .orElse(fitting.getFirst());
        told.add(new Told(claim.step(), claim.place(), claim.equation(), forms, node.index()));
        if (made.add(node.index())) {
            settle(claim.equation());
        }
        return Optional.empty();
    }

    /** What led to a computation that is borne out waits no more. */
    private void settle(Equation equation) {
        List<Told> used = waiting.stream()
                .filter(each -> equation.operands().contains(each.equation().value()))
                .toList();
        waiting.removeAll(used);
        used.forEach(each -> settle(each.equation()));
    }

    private StepWords words(int step) {
        return StepWords.of(steps.get(step), subjects);
    }

    private StepWords words(Derivation.Node node) {
        return StepWords.of(annotation.steps().get(node.step()), subjects);
    }

    /** A wrong computation, unless one that waits may be the mistake. */
    private FirstMistake blame(Claim claim, String explanation, List<Derivation.Node> meant) {
        if (!meant.isEmpty()) {
            settle(claim.equation());
        }
        return waiting.isEmpty() ? new FirstMistake.At(claim.step(), explanation, kept(claim.step())) : waitingInVain();
    }

    private FirstMistake waitingInVain() {
        Told first = waiting.getFirst();
        Claim claim = claims.get(first.place());
        return standsFor(claim) && saysWhatAnother(claim)
                ? new FirstMistake.At(first.step(), FirstMistake.notNeeded(first.equation()), kept(first.step()))
                : unsure();
    }

    /** A right computation that the annotation has no use for. */
    private FirstMistake foreign(Claim claim) {
        Equation equation = claim.equation();
        if (!derivation.isWhole() || !isUsed(claim) || leadsBack(claim)) {
            return unsure();
        }
        boolean sign = isComplete() || isNear(equation) || standsFor(claim) || isLikeAnother(claim);
        if (!sign) {
            return unsure();
        }
        Optional<Rational> stranger = equation.operands().stream()
                .filter(number -> !derivation.sources().knows(number)
                        && told.stream()
                                .noneMatch(each -> each.equation().value().equals(number))
                        && derivation.nodes().stream()
                                .noneMatch(node -> node.value().equals(number)))
                .findFirst();
        String explanation = stranger.map(FirstMistake::unknown).orElseGet(() -> FirstMistake.notNeeded(equation));
        return blame(claim, explanation, List.of());
    }

    /** Whether a later computation or the answer takes its value. */
    private boolean isUsed(Claim claim) {
        Rational value = claim.equation().value();
        return answer.filter(value::equals).isPresent()
                || after(claim).stream()
                        .anyMatch(later -> later.equation().operands().contains(value));
    }

    private List<Claim> after(Claim claim) {
        return claims.subList(claim.place() + 1, claims.size());
    }

    /** Whether right computations get from its value to one that is still to be made: then it may be another way. */
    private boolean leadsBack(Claim claim) {
        Set<Rational> reached = new HashSet<>(Set.of(claim.equation().value()));
        for (Claim later : after(claim)) {
            Equation equation = later.equation();
            boolean uses = equation.operands().stream().anyMatch(reached::contains) && !isWritten(equation);
            if (uses && equation.holds()) {
                if (open().stream().anyMatch(node -> node.value().equals(equation.value()))) {
                    return true;
                }
                reached.add(equation.value());
            }
        }
        return false;
    }

    /** Whether it is one of the annotation's own, number by number. */
    private boolean isWritten(Equation equation) {
        return ArithmeticExpression.of(equation.expression())
                .flatMap(NumberSources::written)
                .filter(written -> derivation.nodes().stream()
                        .anyMatch(node -> node.written().equals(written)))
                .isPresent();
    }

    /** The annotation's computations that are still to be made. */
    private List<Derivation.Node> open() {
        return derivation.needed().stream()
                .filter(node -> !made.contains(node.index()))
                .toList();
    }

    /** Whether one number or one operator makes the difference to a computation that is due. */
    private boolean isNear(Equation equation) {
        return open().stream()
                .filter(node -> node.inputs().stream().allMatch(input -> input < 0 || made.contains(input)))
                .anyMatch(node -> isNear(equation, node.equation()));
    }

    private static boolean isNear(Equation one, Equation other) {
        if (one.operands().size() != other.operands().size()) {
            return false;
        }
        List<Rational> rest = new ArrayList<>(other.operands());
        int shared = 0;
        for (Rational operand : one.operands()) {
            shared += rest.remove(operand) ? 1 : 0;
        }
        int all = one.operands().size();
        return shared == all || (shared == all - 1 && operators(one).equals(operators(other)));
    }

    private static List<String> operators(Equation equation) {
        return equation.expression()
                .chars()
                .filter(each -> "+-*/".indexOf(each) >= 0)
                .sorted()
                .mapToObj(Character::toString)
                .toList();
    }

    /** Whether a later computation, or the answer, takes its value where the annotation takes one that is still to be made. */
    private boolean standsFor(Claim claim) {
        Rational value = claim.equation().value();
        boolean last = claim.place() == claims.size() - 1
                && answer.filter(value::equals).isPresent();
        if (last && open().size() == 1) {
            return true;
        }
        return after(claim).stream()
                .filter(later -> later.equation().operands().contains(value))
                .anyMatch(later -> ArithmeticExpression.of(later.equation().expression())
                        .flatMap(NumberSources::written)
                        .filter(written -> derivation.nodes().stream().anyMatch(node -> replaces(node, value, written)))
                        .isPresent());
    }

    /** Whether the node is written so when one of its open inputs has this value. */
    private boolean replaces(Derivation.Node node, Rational value, Form written) {
        List<Rational> numbers = node.expression().numbers();
        for (int i = 0; i < numbers.size(); i++) {
            int input = node.inputs().get(i);
            if (input >= 0 && !made.contains(input) && !numbers.get(i).equals(value)) {
                List<Form> symbols = new ArrayList<>();
                for (int j = 0; j < numbers.size(); j++) {
                    symbols.add(Form.symbol((j == i ? value : numbers.get(j)).toString()));
                }
                if (node.expression().form(symbols).filter(written::equals).isPresent()) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Whether its step speaks like one of the annotation's that is still to be made, and says another value. */
    private boolean isLikeAnother(Claim claim) {
        StepWords words = words(claim.step());
        return open().stream()
                .anyMatch(node -> !node.value().equals(claim.equation().value()) && words.isLike(words(node)));
    }

    /** Whether its step has the very words of one of the annotation's that is still to be made. */
    private boolean saysWhatAnother(Claim claim) {
        String words = StepWords.template(steps.get(claim.step()));
        return open().stream()
                .anyMatch(node ->
                        StepWords.template(annotation.steps().get(node.step())).equals(words));
    }

    /** What the steps before this one have made. */
    private Coverage kept(int step) {
        Coverage coverage = new Coverage(annotation, derivation);
        told.stream()
                .filter(each -> each.step() < step)
                .forEach(each -> coverage.keep(each.node(), each.equation().value()));
        return coverage;
    }
}
