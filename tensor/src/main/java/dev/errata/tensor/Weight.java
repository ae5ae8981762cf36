package dev.errata.tensor;

import dev.errata.tensor.ggml.GgmlType;
import java.util.ArrayList;
import java.util.List;

/**
 * A matrix [out, in] as it is stored, or in the form that a backend made of it ({@link Backend#prepare}). Products with it
 * are {@link Op.Linear} and {@link Op.LinearBackward}; its rows are read by {@link Op.Embedding}, all of it by {@link
 * Op.Dequantize}.
 */
public sealed interface Weight permits Weight.Dense, Weight.FourBit, Weight.Ggml, Weight.Prepared {
    int out();

    int in();

    /** What its elements lie in. */
    List<Tensor> tensors();

    /** Whether a row that is multiplied with it ({@link Op.Linear}) is rounded to 8 bits first, as {@link Ggml} says. */
    default boolean eightBitRows() {
        return false;
    }

    /** Bytes that it takes. */
    default long bytes() {
        return tensors().stream().mapToLong(Tensor::bytes).sum();
    }

    /**
     * Elements one by one. Only F32 ones can be trained: operators give their gradients to the tape by this tensor.
     *
     * @param tensor F32, BF16 or F16 [out, in]
     */
    record Dense(Tensor tensor) implements Weight {
        /**
         * @throws IllegalArgumentException if the tensor isn't F32, BF16 or F16
         */
        public Dense {
            if (tensor.dtype() != DType.F32 && tensor.dtype() != DType.BF16 && tensor.dtype() != DType.F16) {
                throw new IllegalArgumentException("a weight is F32, BF16 or F16, not " + tensor);
            }
        }

        @Override
        public int out() {
            return tensor.rows();
        }

        @Override
        public int in() {
            return tensor.columns();
        }

        @Override
        public List<Tensor> tensors() {
            return List.of(tensor);
        }
    }

    /**
     * bitsandbytes' blockwise 4-bit form over the flat row-major matrix: element i is
     * {@code code[nibble i] * scale of block i / blockSize}.
     *
     * @param packed U8 [(out·in + 1) / 2], the first element in the high nibble
     * @param code F32 [16]
     * @param dtype the type that an element is rounded to when it is widened: F32 (so not at all), BF16 or F16
     */
    record FourBit(int out, int in, int blockSize, Tensor packed, Tensor code, Scales scales, DType dtype)
            implements Weight {
        /** The same weight, its elements rounded to another type when they are widened. */
        public FourBit widenedTo(DType type) {
            return new FourBit(out, in, blockSize, packed, code, scales, type);
        }

        /** How many blocks there are, so how many scales. */
        public long blocks() {
            return Math.ceilDiv((long) out * in, (long) blockSize);
        }

        @Override
        public List<Tensor> tensors() {
            List<Tensor> all = new ArrayList<>(List.of(packed, code));
            all.addAll(scales.tensors());
            return all;
        }
    }

    /** The scales of the blocks of a 4-bit weight. */
    sealed interface Scales {
        List<Tensor> tensors();
    }

    /**
     * Scales as they are.
     *
     * @param absmax F32 [blocks]
     */
    record SingleScales(Tensor absmax) implements Scales {
        @Override
        public List<Tensor> tensors() {
            return List.of(absmax);
        }
    }

    /**
     * Scales in 8 bits with scales of their own (double quantization): that of block b is
     * {@code map[codes[b]] * absmax[b / 256] + offset}, each operation rounded.
     *
     * @param codes U8 [blocks]
     * @param absmax F32 [blocks / 256 rounded up]
     * @param map F32 [256]
     */
    record DoubleScales(Tensor codes, Tensor absmax, Tensor map, float offset) implements Scales {
        /** Blocks that share a scale of scales. */
        public static final int NESTED_BLOCK = 256;

        @Override
        public List<Tensor> tensors() {
            return List.of(codes, absmax, map);
        }
    }

    /**
     * Blocks of a GGUF file.
     *
     * @param type one of more than one element a block
     * @param in a multiple of its block size
     * @param blocks U8 [out · in / block size · block bytes], rows one after another
     * @param dtype the type that an element is rounded to when it is widened: F32 (so not at all) or BF16
     * @param eightBitRows whether a row that is multiplied with it ({@link Op.Linear}) is rounded to 8 bits first, as llama.cpp does: in
     *     each block of 32 to d · code, d the largest magnitude / 127, the code the nearest integer to the number / d; only if dtype is F32
     */
    record Ggml(GgmlType type, int out, int in, Tensor blocks, DType dtype, boolean eightBitRows) implements Weight {
        /**
         * @throws IllegalArgumentException if rows are not whole blocks of a type that has blocks, the bytes not as
         *     many, or the type to widen to is another
         */
        public Ggml {
            if (dtype != DType.F32 && (dtype != DType.BF16 || eightBitRows)) {
                String types = eightBitRows ? "F32 where rows have 8 bits" : "F32 or BF16";
                throw new IllegalArgumentException(type + " is widened to " + types + ", not to " + dtype);
            }
            if (type.blockSize() == 1
                    || in % type.blockSize() != 0
                    || blocks.dtype() != DType.U8
                    || blocks.elements() != (long) out * in / type.blockSize() * type.blockBytes()) {
                throw new IllegalArgumentException(type + " [" + out + ", " + in + "] is not what lies in " + blocks);
            }
        }

        /** A weight that is multiplied with rows as they are. */
        public Ggml(GgmlType type, int out, int in, Tensor blocks, DType dtype) {
            this(type, out, in, blocks, dtype, false);
        }

        /** The same weight, its elements rounded to another type when they are widened. */
        public Ggml widenedTo(DType other) {
            return new Ggml(type, out, in, blocks, other);
        }

        /** The same weight, multiplied with rows that are rounded to 8 bits. */
        public Ggml withEightBitRows() {
            return new Ggml(type, out, in, blocks, DType.F32, true);
        }

        @Override
        public List<Tensor> tensors() {
            return List.of(blocks);
        }
    }

    /** What {@link Backend#prepare} made of a weight: only that backend knows how its tensors hold the elements. */
    non-sealed interface Prepared extends Weight {}
}
