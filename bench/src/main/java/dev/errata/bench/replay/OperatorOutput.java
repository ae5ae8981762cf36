package dev.errata.bench.replay;

import dev.errata.tensor.DType;
import dev.errata.tensor.Shape;
import dev.errata.train.trace.Phase;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A tensor of floats that an operator wrote, with its elements on the host. Closing it gives them back.
 *
 * @param call the operator's place in the step, from 0
 * @param tensor the tensor's name
 * @param dtype F32, BF16 or F16
 */
record OperatorOutput(
        int call,
        String operator,
        Phase phase,
        String place,
        String tensor,
        DType dtype,
        Shape shape,
        MemorySegment elements,
        Arena memory)
        implements AutoCloseable {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

    long count() {
        return shape.elements();
    }

    float at(long i) {
        return switch (dtype) {
            case F32 -> elements.get(FLOAT, i * Float.BYTES);
            case BF16 -> Float.intBitsToFloat(elements.get(SHORT, i * Short.BYTES) << 16);
            case F16 -> Float.float16ToFloat(elements.get(SHORT, i * Short.BYTES));
            default -> throw new IllegalStateException("elements of " + dtype);
        };
    }

    /** Whether another is the output of the same operator at the same place of a step. */
    boolean matches(OperatorOutput other) {
        return operator.equals(other.operator)
                && phase == other.phase
                && place.equals(other.place)
                && tensor.equals(other.tensor)
                && shape.equals(other.shape);
    }

    /** As {@code Linear, forward, layer 3 (call 81): linear F32 [22, 64]}. */
    @Override
    public String toString() {
        return operator + ", " + phase.shown() + ", " + place + " (call " + call + "): " + tensor + " " + dtype + " "
                + shape;
    }

    @Override
    public void close() {
        memory.close();
    }
}
