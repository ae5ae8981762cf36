package dev.errata.bench.check;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;

/**
 * One gradient rule against finite differences.
 *
 * @param operator the operator's name, or {@code loss} for the whole model
 * @param shape of its operands, in words
 * @param input what it was differentiated by
 * @param error relative; see {@code GradientCheck}
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
record GradientRow(String operator, String shape, String input, long elements, double error) {}
