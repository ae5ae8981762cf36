package dev.errata.model.weights;

import dev.errata.tensor.DType;

/**
 * What a matrix is loaded for.
 *
 * @param kind what is done with it
 * @param rounding BF16 rounds each element to it where that is less than what is stored; F32 leaves them as they are
 * @param quantization how it is quantized if it isn't stored in 4 bits, or null
 * @param eightBitRows whether, if it is in GGML's blocks, rows that it is multiplied with are rounded to 8 bits
 */
public record WeightUse(Kind kind, DType rounding, FourBitSpec quantization, boolean eightBitRows) {
    /** What is multiplied with rows as they are. */
    public WeightUse(Kind kind, DType rounding, FourBitSpec quantization) {
        this(kind, rounding, quantization, false);
    }

    /** What is done with a matrix. */
    public enum Kind {
        /** Frozen and multiplied, by its rows read too: in the form that the backend's products like. */
        PRODUCTS,
        /** Frozen, and only its rows are read, as of an embedding: left where the file is mapped, if the backend can. */
        ROWS,
        /** Changed: F32 of its own, unless it is in 4 bits, which nobody trains. */
        TRAINED
    }
}
