package dev.errata.tensor;

/** The matrix [out, in] of a linear layer, dense or quantized. */
public sealed interface Weight permits Weight.Dense, Weight.FourBit {
    int out();

    int in();

    /** F32 [out, in]. */
    record Dense(Tensor tensor) implements Weight {
        @Override
        public int out() {
            return tensor.rows();
        }

        @Override
        public int in() {
            return tensor.columns();
        }
    }

    /**
     * bitsandbytes' blockwise 4-bit form over the flat row-major matrix: element i is
     * {@code code[nibble i] * absmax[i / blockSize]}.
     *
     * @param packed U8 [(out·in + 1) / 2], the first element in the high nibble
     * @param code F32 [16]
     * @param absmax F32 [blocks], or with double quantization U8 [blocks]
     * @param nestedAbsmax with double quantization F32 [blocks / 256 rounded up], else null: the scale of block b is
     *     {@code nestedCode[absmax[b]] * nestedAbsmax[b / 256] + offset}, each operation rounded
     * @param nestedCode with double quantization F32 [256], else null
     * @param dtype the type that an element is rounded to when it is widened: F32 (so not at all), BF16 or F16
     */
    record FourBit(
            int out,
            int in,
            int blockSize,
            Tensor packed,
            Tensor code,
            Tensor absmax,
            Tensor nestedAbsmax,
            Tensor nestedCode,
            float offset,
            DType dtype)
            implements Weight {
        /** The same weight, its elements rounded to another type when they are widened. */
        public FourBit widenedTo(DType type) {
            return new FourBit(out, in, blockSize, packed, code, absmax, nestedAbsmax, nestedCode, offset, type);
        }

        public boolean isDoubleQuantized() {
            return nestedAbsmax != null;
        }
    }
}
