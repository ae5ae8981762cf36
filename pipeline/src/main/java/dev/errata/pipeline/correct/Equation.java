package dev.errata.pipeline.correct;

import dev.errata.pipeline.grade.ExactArithmetic;
import dev.errata.pipeline.grade.Rational;
import java.util.List;
import java.util.Optional;

/**
 * One computation that a step states, as {@code 16 - 3 - 4 = 9}.
 *
 * @param expression its left side, as {@code 16 - 3 - 4}; empty where only a value is named
 * @param operands the numbers of the left side
 * @param value what the step says it gives
 * @param decimals digits after the point that the value was written with
 */
record Equation(String expression, List<Rational> operands, Rational value, int decimals) {
    private static final Rational HUNDRED = Rational.of(100);

    /** What the left side gives; empty when there is none to work out. */
    Optional<Rational> computed() {
        return operands.size() < 2 ? Optional.empty() : ExactArithmetic.evaluate(expression);
    }

    /** Whether the stated value is right, also as a percentage or rounded to the digits that it shows. */
    boolean holds() {
        Optional<Rational> computed = computed();
        if (computed.isEmpty()) {
            return true;
        }
        Rational exact = computed.get();
        return exact.equals(value)
                || exact.times(HUNDRED).equals(value)
                || (decimals > 0 && exact.rounded(decimals).equals(value));
    }

    /** Whether a value that doesn't hold is only rounded to a whole number, or in hundredths. */
    boolean isClose() {
        Rational exact = computed().orElse(value);
        Rational difference = exact.minus(value);
        boolean rounded = !exact.isInteger()
                && difference.compareTo(Rational.ONE) < 0
                && difference.negate().compareTo(Rational.ONE) < 0;
        return rounded || exact.equals(value.times(HUNDRED));
    }

    boolean isComputation() {
        return operands.size() >= 2;
    }

    /** {@code 16 - 3 - 4 = 9}. */
    String shown() {
        return expression.isEmpty() ? value.decimal() : expression + " = " + value.decimal();
    }
}
