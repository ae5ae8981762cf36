package dev.errata.model.weights;

import dev.errata.quant.QuantizedTensor;
import dev.errata.tensor.DType;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Shape;
import dev.errata.tensor.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A tensor of a checkpoint file in whatever type it has. */
public interface StoredTensor {
    Shape shape();

    /** The type it is stored in, if that is a float type; F32 for block-quantized ones of GGUF. */
    DType dtype();

    /** The tensor as it is stored in bitsandbytes' 4 bits, or null if it isn't. */
    default QuantizedTensor fourBit() {
        return null;
    }

    /**
     * The matrix in its stored type. It lies where the file is mapped if its rows are in order there.
     *
     * @param scope holds what has to be allocated
     * @throws dev.errata.tensor.BadInputException if it is of a type that is no weight's
     */
    Weight weight(String name, Scope scope);

    /**
     * Quantizes it.
     *
     * @param where the file, for errors
     */
    default QuantizedTensor quantize(String name, FourBitSpec spec, Arena arena, String where) {
        try (Arena scratch = Arena.ofShared()) {
            MemorySegment values = inPlace();
            if (values == null) {
                values = scratch.allocate(shape().elements() * Float.BYTES, 64);
                decodeInto(values);
            }
            return spec.quantize(name, values, DType.F32, shape(), arena, where);
        }
    }

    /** Its F32 elements in place, or null if they must be decoded. */
    MemorySegment inPlace();

    /** Its bytes as the file has them; null where they lie in several places. */
    MemorySegment bytes();

    /** Decodes all elements to F32, row-major. */
    void decodeInto(MemorySegment f32);

    /** Gives its mapped pages back; they can be read again. */
    void release();
}
