package dev.errata.model.file;

import dev.errata.quant.HalfFloats;
import dev.errata.tensor.DType;
import dev.errata.tensor.Shape;
import java.lang.foreign.MemorySegment;

/**
 * A tensor of a file.
 *
 * @param data its elements, row-major, little-endian; {@code shape.elements() * dtype.bytes()} bytes at any alignment
 */
public record TensorEntry(String name, DType dtype, Shape shape, MemorySegment data) {
    /**
     * @throws IllegalArgumentException if the data are not as many bytes as shape and type ask for
     */
    public TensorEntry {
        if (data.byteSize() != shape.elements() * dtype.bytes()) {
            throw new IllegalArgumentException(
                    "tensor " + name + ": " + data.byteSize() + " bytes for " + dtype + " " + shape);
        }
    }

    /**
     * The elements widened to f32.
     *
     * @throws IllegalArgumentException if the type is not F32, BF16 or F16
     */
    public float[] toFloats() {
        float[] values = new float[Math.toIntExact(shape.elements())];
        HalfFloats.widen(data, dtype, 0, values, 0, values.length);
        return values;
    }
}
