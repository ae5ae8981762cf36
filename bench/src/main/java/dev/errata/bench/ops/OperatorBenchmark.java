package dev.errata.bench.ops;

import dev.errata.tensor.Op;
import java.util.function.Function;

/**
 * One operator at one shape.
 *
 * @param operator the record's name in {@link Op}, with what tells its uses apart
 * @param shape the model's name, the layer and its sizes
 * @param tolerance as of an operator case: the largest difference from the reference backend, relative to the largest
 *     element of an output or 1
 * @param byRows whether each row of the outputs hangs on the same row of the inputs alone, so that the reference computes
 *     some rows only
 * @param build makes operands and operator; the same each time
 */
public record OperatorBenchmark(
        String operator, String shape, Work work, double tolerance, boolean byRows, Function<Operands, Op> build) {
    /** A sum of some thousand products in another order. */
    static final double SUMS = 1e-5;
    /** Some roundings, exponentials of 2 ulp. */
    static final double ROUNDINGS = 1e-6;
    /** Where both sides round to bf16, neighbours. */
    static final double BF16 = 0x1p-7;

    static final double EXACT = 0;

    @Override
    public String toString() {
        return operator + " " + shape;
    }
}
