package dev.errata.model.decoder;

import dev.errata.tensor.DType;
import dev.errata.tensor.Shape;
import java.lang.foreign.MemorySegment;

/** A tensor of a checkpoint file in whatever type it has. */
interface StoredTensor {
    Shape shape();

    /** The type it is stored in, if that is a float type; F32 for block-quantized ones. */
    DType dtype();

    /** Its F32 elements in place, or null if they must be decoded. */
    MemorySegment inPlace();

    /** Decodes all elements to F32, row-major. */
    void decodeInto(MemorySegment f32);
}
