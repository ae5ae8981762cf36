package dev.errata.train.optimizer;

import dev.errata.tensor.DType;
import dev.errata.tensor.Shape;

/**
 * One of the arrays that hold an optimizer's state.
 *
 * @param name stands before the parameter's in a checkpoint
 * @param span elements of the parameter for each entry: 1, or those of a block
 */
public record StatePart(String name, DType dtype, int span) {
    /** Bytes for so many elements of the parameter. */
    long bytes(long elements) {
        return entries(elements) * dtype.bytes();
    }

    long entries(long elements) {
        return (elements + span - 1) / span;
    }

    /** The parameter's own shape, or [entries]. */
    public Shape shape(Shape parameter) {
        return span == 1 ? parameter : Shape.of(entries(parameter.elements()));
    }
}
