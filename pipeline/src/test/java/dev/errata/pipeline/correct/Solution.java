package dev.errata.pipeline.correct;

import dev.errata.pipeline.grade.ExactArithmetic;
import dev.errata.pipeline.grade.Rational;
import dev.errata.pipeline.record.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A right solution whose steps know where their numbers come from, so that mistakes can be planted in it and carried on.
 *
 * @param lines one computation each
 */
record Solution(Problem problem, List<Line> lines) {
    /**
     * One step.
     *
     * @param text with {@code #} where {@code a op b = c} goes
     * @param left the first number, or null where it is a line's result
     * @param leftFrom the line, from 0, whose result is the first number; -1 where it is given
     */
    record Line(String text, char operator, Rational left, int leftFrom, Rational right, int rightFrom) {}

    private static final List<Character> OPERATORS = List.of('+', '-', '*', '/');

    /** The kinds of mistakes that can be planted. */
    enum Kind {
        WRONG_OPERAND,
        OTHER_RESULT,
        WRONG_OPERATION,
        SLIP,
        SKIPPED,
        STOPPED,
        REORDERED_THEN_SLIP,
        REORDERED_THEN_OPERAND,
        MERGED_THEN_SLIP,
        MERGED_THEN_OPERATION,
        MERGED_WITH_WRONG_OPERATION,
        REPEATED_THEN_OPERATION,
        OWNER_SWAPPED_THEN_SLIP,
        TWO_MISTAKES,
        GOES_ON
    }

    /** How a computation and a number are written. */
    interface Spelling {
        String equation(String left, char operator, String right, String value);

        String number(Rational value);
    }

    static Rational computed(Rational left, char operator, Rational right) {
        return switch (operator) {
            case '+' -> left.plus(right);
            case '-' -> left.minus(right);
            case '*' -> left.times(right);
            default -> left.over(right);
        };
    }

    /** A computation of a path while it is changed. */
    private static final class Draft {
        String text;
        char operator;
        Rational left;
        int leftFrom;
        Rational right;
        int rightFrom;
        Rational slip = Rational.ZERO;
        int line;
        Rational value;

        Draft(Line line, int index) {
            text = line.text();
            operator = line.operator();
            left = line.left();
            leftFrom = line.leftFrom();
            right = line.right();
            rightFrom = line.rightFrom();
            this.line = index;
        }
    }

    /** A path with this mistake; empty where the solution has no place for it. */
    Optional<Planted> planted(
            Kind kind, RandomGenerator random, Spelling spelling, List<Rational> given, List<String> names) {
        List<Draft> drafts = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            drafts.add(new Draft(lines.get(i), i));
        }
        int at = random.nextInt(drafts.size());
        int merged = -1;
        int wrong = at;
        switch (kind) {
            case WRONG_OPERAND -> wrongOperand(drafts.get(at), random, given);
            case OTHER_RESULT -> {
                if (at < 2) {
                    return Optional.empty();
                }
                Draft draft = drafts.get(at);
                int other = random.nextInt(at);
                if (draft.leftFrom >= 0 && draft.leftFrom != other) {
                    draft.leftFrom = other;
                } else if (draft.rightFrom >= 0 && draft.rightFrom != other) {
                    draft.rightFrom = other;
                } else {
                    return Optional.empty();
                }
            }
            case WRONG_OPERATION -> wrongOperation(drafts.get(at), random);
            case SLIP -> drafts.get(at).slip = slip(random);
            case TWO_MISTAKES -> {
                drafts.get(at).slip = slip(random);
                wrongOperation(drafts.get(random.nextInt(at, drafts.size())), random);
            }
            case SKIPPED -> {
                if (at == drafts.size() - 1 || drafts.get(at).leftFrom < 0) {
                    return Optional.empty();
                }
                int gone = at;
                int before = drafts.get(at).leftFrom;
                for (Draft draft : drafts) {
                    draft.leftFrom = draft.leftFrom == gone ? before : draft.leftFrom;
                    draft.rightFrom = draft.rightFrom == gone ? before : draft.rightFrom;
                }
                drafts.remove(at);
            }
            case STOPPED -> {
                if (at == 0) {
                    return Optional.empty();
                }
                drafts.subList(at, drafts.size()).clear();
            }
            case REORDERED_THEN_SLIP, REORDERED_THEN_OPERAND -> {
                int first = independent(drafts);
                if (first < 0 || first + 2 >= drafts.size()) {
                    return Optional.empty();
                }
                drafts.add(first, drafts.remove(first + 1));
                wrong = random.nextInt(first, drafts.size());
                if (kind == Kind.REORDERED_THEN_SLIP) {
                    drafts.get(wrong).slip = slip(random);
                } else {
                    wrongOperand(drafts.get(wrong), random, given);
                }
            }
            case MERGED_THEN_SLIP, MERGED_THEN_OPERATION, MERGED_WITH_WRONG_OPERATION -> {
                merged = chained(drafts);
                if (merged < 0 || (kind != Kind.MERGED_WITH_WRONG_OPERATION && merged + 2 >= drafts.size())) {
                    return Optional.empty();
                }
                wrong = kind == Kind.MERGED_WITH_WRONG_OPERATION
                        ? merged + 1
                        : random.nextInt(merged + 2, drafts.size());
                if (kind == Kind.MERGED_THEN_SLIP) {
                    drafts.get(wrong).slip = slip(random);
                } else {
                    wrongOperation(drafts.get(wrong), random);
                }
            }
            case REPEATED_THEN_OPERATION -> {
                if (at == 0) {
                    return Optional.empty();
                }
                wrongOperation(drafts.get(at), random);
                drafts.add(random.nextInt(1, at + 1), new Draft(lines.getFirst(), 0));
                wrong = at + 1;
            }
            case OWNER_SWAPPED_THEN_SLIP -> {
                Draft draft = drafts.get(at);
                Optional<String> own = names.stream()
                        .filter(name -> draft.text.startsWith(name + " "))
                        .findFirst();
                List<String> others = names.stream()
                        .filter(name -> !draft.text.contains(name))
                        .toList();
                if (own.isEmpty() || others.isEmpty()) {
                    return Optional.empty();
                }
                draft.text = draft.text.replaceFirst(own.get(), others.get(random.nextInt(others.size())));
                String swapped = draft.text;
                Line line = lines.get(at);
                // Said of another whose computation has the same numbers, it would be true.
                if (lines.stream()
                        .anyMatch(each -> each.text().equals(swapped)
                                && each.operator() == line.operator()
                                && Objects.equals(each.left(), line.left())
                                && Objects.equals(each.right(), line.right()))) {
                    return Optional.empty();
                }
                drafts.get(random.nextInt(at, drafts.size())).slip = slip(random);
            }
            case GOES_ON -> {
                Draft more = new Draft(lines.getLast(), lines.size());
                more.leftFrom = lines.size() - 1;
                more.operator = OPERATORS.get(random.nextInt(3));
                more.right = given.get(random.nextInt(given.size()));
                more.rightFrom = -1;
                drafts.add(more);
                wrong = drafts.size() - 1;
            }
        }
        return told(kind, drafts, wrong, merged, spelling);
    }

    private static Rational slip(RandomGenerator random) {
        return Rational.of(random.nextBoolean() ? random.nextInt(1, 4) : 10)
                .times(Rational.of(random.nextInt(3) == 0 ? -1 : 1));
    }

    private static void wrongOperand(Draft draft, RandomGenerator random, List<Rational> given) {
        Rational other =
                random.nextInt(4) == 0 ? Rational.of(random.nextInt(2, 30)) : given.get(random.nextInt(given.size()));
        boolean left = draft.rightFrom >= 0 || (draft.leftFrom < 0 && random.nextBoolean());
        if (left) {
            draft.left = other;
            draft.leftFrom = -1;
        } else {
            draft.right = other;
            draft.rightFrom = -1;
        }
    }

    private static void wrongOperation(Draft draft, RandomGenerator random) {
        char other = OPERATORS.get(random.nextInt(OPERATORS.size()));
        draft.operator = other == draft.operator ? (other == '+' ? '-' : '+') : other;
    }

    /** The first of two neighbours of which the second doesn't use the first; -1 where there is none. */
    private static int independent(List<Draft> drafts) {
        for (int i = 0; i + 1 < drafts.size(); i++) {
            if (drafts.get(i + 1).leftFrom != i && drafts.get(i + 1).rightFrom != i) {
                return i;
            }
        }
        return -1;
    }

    /** The first of two neighbours of which only the second uses the first; -1 where there is none. */
    private static int chained(List<Draft> drafts) {
        for (int i = 0; i + 1 < drafts.size(); i++) {
            int first = i;
            boolean uses = drafts.get(i + 1).leftFrom == i;
            boolean others =
                    drafts.stream().skip(i + 2).anyMatch(draft -> draft.leftFrom == first || draft.rightFrom == first);
            if (uses && !others) {
                return i;
            }
        }
        return -1;
    }

    private Optional<Planted> told(Kind kind, List<Draft> drafts, int wrong, int merged, Spelling spelling) {
        Rational[] values = new Rational[lines.size() + 1];
        List<String> steps = new ArrayList<>();
        for (int i = 0; i < drafts.size(); i++) {
            Draft draft = drafts.get(i);
            Rational left = draft.leftFrom >= 0 ? values[draft.leftFrom] : draft.left;
            Rational right = draft.rightFrom >= 0 ? values[draft.rightFrom] : draft.right;
            if (left == null || right == null || (draft.operator == '/' && right.isZero())) {
                return Optional.empty();
            }
            draft.left = left;
            draft.right = right;
            draft.value = computed(left, draft.operator, right).plus(draft.slip);
            // Nobody would write a negative count or a fraction without an end.
            if (draft.value.compareTo(Rational.ZERO) < 0
                    || draft.value.decimal().contains("/")) {
                return Optional.empty();
            }
            values[draft.line] = draft.value;
            String before = spelling.number(left);
            if (i == merged) {
                continue;
            }
            if (i == merged + 1 && merged >= 0) {
                Draft inner = drafts.get(merged);
                before = "(" + spelling.number(inner.left) + " " + inner.operator + " " + spelling.number(inner.right)
                        + ")";
            }
            steps.add(draft.text.replace(
                    "#",
                    spelling.equation(before, draft.operator, spelling.number(right), spelling.number(draft.value))));
        }
        if (isRight(drafts, wrong)) {
            return Optional.empty();
        }
        int step = wrong + 1 - (merged >= 0 && wrong > merged ? 1 : 0);
        return Optional.of(new Planted(
                kind.name().toLowerCase(Locale.ROOT),
                problem,
                steps,
                drafts.getLast().value.decimal(),
                step));
    }

    /** Whether the step that was to be wrong computes what the right one does. */
    private boolean isRight(List<Draft> drafts, int wrong) {
        if (wrong >= drafts.size() || drafts.get(wrong).line >= lines.size()) {
            return false;
        }
        Draft draft = drafts.get(wrong);
        Rational[] values = values();
        Line line = lines.get(draft.line);
        Rational left = line.leftFrom() >= 0 ? values[line.leftFrom()] : line.left();
        Rational right = line.rightFrom() >= 0 ? values[line.rightFrom()] : line.right();
        boolean swapped = (draft.operator == '+' || draft.operator == '*')
                && draft.left.equals(right)
                && draft.right.equals(left);
        boolean same = draft.left.equals(left) && draft.right.equals(right);
        return draft.operator == line.operator()
                && (same || swapped)
                && draft.slip.isZero()
                && draft.text.equals(line.text());
    }

    /** The last result. */
    String answer() {
        return values()[lines.size() - 1].decimal();
    }

    /** The right results. */
    Rational[] values() {
        Rational[] values = new Rational[lines.size() + 1];
        for (int i = 0; i < lines.size(); i++) {
            Line line = lines.get(i);
            values[i] = computed(
                    line.leftFrom() >= 0 ? values[line.leftFrom()] : line.left(),
                    line.operator(),
                    line.rightFrom() >= 0 ? values[line.rightFrom()] : line.right());
        }
        return values;
    }

    /**
     * Reads steps of one computation {@code a op b = c} each. A number is the result of the last step with that value
     * which no other step has used, else given where the question gives it, else the last such result.
     *
     * @return empty where a step has no such computation
     */
    static Optional<Solution> read(Problem problem, List<String> steps) {
        Pattern equation =
                Pattern.compile("([$]?[\\d,]*\\.?\\d+) ?([-+*/x]) ?[$]?([\\d,]*\\.?\\d+) ?= ?[$]?([\\d,]*\\.?\\d+)");
        Set<Rational> given = GivenNumbers.in(problem.question());
        List<Line> lines = new ArrayList<>();
        List<Rational> results = new ArrayList<>();
        boolean[] used = new boolean[steps.size()];
        for (String step : steps) {
            Matcher found = equation.matcher(step);
            if (!found.find() || EquationReader.equations(step).size() != 1) {
                return Optional.empty();
            }
            Rational left = number(found.group(1));
            Rational right = number(found.group(3));
            char operator = found.group(2).equals("x") ? '*' : found.group(2).charAt(0);
            int leftFrom = from(left, results, used, given);
            int rightFrom = from(right, results, used, given);
            Optional<Rational> value = ExactArithmetic.evaluate(left + " " + operator + " " + right);
            if (value.isEmpty() || !value.get().equals(number(found.group(4)))) {
                return Optional.empty();
            }
            lines.add(new Line(
                    step.substring(0, found.start()) + "#" + step.substring(found.end()),
                    operator,
                    left,
                    leftFrom,
                    right,
                    rightFrom));
            results.add(value.get());
        }
        return lines.isEmpty() ? Optional.empty() : Optional.of(new Solution(problem, lines));
    }

    private static int from(Rational number, List<Rational> results, boolean[] used, Set<Rational> given) {
        int any = -1;
        for (int i = results.size() - 1; i >= 0; i--) {
            if (results.get(i).equals(number)) {
                if (!used[i]) {
                    used[i] = true;
                    return i;
                }
                any = any < 0 ? i : any;
            }
        }
        return given.contains(number) ? -1 : any;
    }

    private static Rational number(String text) {
        return Rational.parse(text.replace("$", "").replace(",", "")).orElseThrow();
    }
}
