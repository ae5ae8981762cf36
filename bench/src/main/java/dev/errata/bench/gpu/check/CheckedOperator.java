package dev.errata.bench.gpu.check;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;

/**
 * An operator beside the reference, over its cases so far.
 *
 * @param difference the largest, relative to the largest element of the output it is in, or to 1
 * @param allowed the largest of the cases' tolerances; an element of a BF16 output may be a neighbour beside that
 * @param firstFailure what was wrong first, or null
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
record CheckedOperator(String operator, int cases, int failed, double difference, double allowed, String firstFailure) {
    boolean passed() {
        return failed == 0;
    }

    /** Both rows' cases together. */
    CheckedOperator and(CheckedOperator other) {
        return new CheckedOperator(
                operator,
                cases + other.cases,
                failed + other.failed,
                Math.max(difference, other.difference),
                Math.max(allowed, other.allowed),
                firstFailure == null ? other.firstFailure : firstFailure);
    }
}
