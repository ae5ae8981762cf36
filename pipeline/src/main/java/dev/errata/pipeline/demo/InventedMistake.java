package dev.errata.pipeline.demo;

import dev.errata.pipeline.format.CotFormat;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.ReasoningPath;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A wrong solution made of a right one: one step goes wrong, and those after it that use its result go on from there. */
final class InventedMistake {
    private static final Pattern EQUATION = Pattern.compile("(\\d+) ([-+*/]) (\\d+) = (\\d+)");

    private InventedMistake() {}

    /** A wrong path of a problem whose rationale has a step with one equation a line; none where a number would become negative or larger than all others. */
    static Optional<ReasoningPath> in(Problem problem, Draw draw) {
        List<String> steps = new ArrayList<>(problem.rationale().lines().toList());
        int wrong = draw.below(steps.size());
        boolean skipped = steps.size() > 1 && draw.chance(200);
        String answer = problem.answer();
        int was = 0;
        int is = 0;
        for (int i = wrong; i < steps.size(); i++) {
            Matcher equation = EQUATION.matcher(steps.get(i));
            if (!equation.find()) {
                continue;
            }
            int a = Integer.parseInt(equation.group(1));
            int b = Integer.parseInt(equation.group(3));
            int right = Integer.parseInt(equation.group(4));
            char op = equation.group(2).charAt(0);
            int result;
            if (i == wrong) {
                boolean slip = draw.chance(500);
                op = slip ? op : otherThan(op, draw);
                result = slip ? right + draw.between(1, 3) : computed(a, op, b);
            } else {
                a = a == was ? is : a;
                b = b == was ? is : b;
                result = computed(a, op, b);
            }
            if (result < 0 || result > Story.LARGEST) {
                return Optional.empty();
            }
            was = right;
            is = result;
            answer = Integer.toString(result);
            steps.set(i, equation.replaceFirst(a + " " + op + " " + b + " = " + result));
        }
        if (skipped) {
            steps.remove(wrong);
        }
        return Optional.of(new ReasoningPath(
                problem.id(), 0, "invented", 0, 0, CotFormat.completion(steps, answer), "stop", answer, false));
    }

    private static char otherThan(char op, Draw draw) {
        char other = draw.pick(List.of('+', '-', '*'));
        return other == op ? '+' == op ? '-' : '+' : other;
    }

    /** The result; of a division the whole part. */
    private static int computed(int a, char op, int b) {
        return switch (op) {
            case '+' -> a + b;
            case '-' -> a - b;
            case '*' -> a * b;
            default -> a / Math.max(1, b);
        };
    }
}
