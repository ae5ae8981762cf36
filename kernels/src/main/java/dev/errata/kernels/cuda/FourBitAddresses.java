package dev.errata.kernels.cuda;

import dev.errata.tensor.DType;

/**
 * Device addresses of a {@link dev.errata.tensor.Weight.FourBit}.
 *
 * @param absmax F32 [blocks], or with double quantization U8 [blocks]
 * @param nestedAbsmax 0 without double quantization
 * @param nestedCode 0 without double quantization
 * @param dtype what an element is rounded to when it is widened: F32 (so not at all), BF16 or F16
 */
public record FourBitAddresses(
        long packed,
        long code,
        long absmax,
        long nestedAbsmax,
        long nestedCode,
        float offset,
        int blockSize,
        DType dtype) {
    /**
     * @throws IllegalArgumentException if the block size is no power of two from 32 on, or the type another
     */
    public FourBitAddresses {
        if (blockSize < 32 || Integer.bitCount(blockSize) != 1) {
            throw new IllegalArgumentException("4-bit blocks of " + blockSize + ", not a power of two from 32 on");
        }
        Precision.name(dtype);
    }

    public KernelArguments arguments() {
        return new KernelArguments()
                .address(packed)
                .address(code)
                .address(absmax)
                .address(nestedAbsmax)
                .address(nestedCode)
                .f32(offset)
                .i32(Integer.numberOfTrailingZeros(blockSize));
    }

    /** What the kernels call the type that elements are rounded to. */
    public int rounding() {
        return switch (dtype) {
            case F32 -> 0;
            case BF16 -> 1;
            case F16 -> 2;
            case F64, I64, I32, I16, I8, U8, BOOL -> throw new AssertionError("refused above");
        };
    }
}
