package dev.errata.kernels.cuda;

import dev.errata.tensor.DType;

/**
 * y [rows, outputs] = (or +=) x [rows, columns] · Wᵀ with a weight in 4 bits; W [outputs, columns], sums in f32.
 *
 * @param weight one that {@link #takes}
 * @param x address of BF16 at a multiple of 16 bytes
 * @param to the type of y: F32 or BF16
 * @param y address of the result
 */
public record FourBitProduct(
        FourBitAddresses weight, long x, DType to, long y, boolean accumulate, int rows, int outputs, int columns) {
    /** Columns that lie in one block of weights, whatever its size. */
    private static final int WITHIN_BLOCK = 32;

    private static final int ALIGNMENT = 16;

    /**
     * @throws IllegalArgumentException if the weight isn't taken or x isn't aligned
     */
    public FourBitProduct {
        if (!takes(weight, columns) || x % ALIGNMENT != 0 || rows < 0) {
            throw new IllegalArgumentException("products of bf16 rows want a bf16 weight of rows of a multiple of "
                    + WITHIN_BLOCK + " and addresses at multiples of " + ALIGNMENT + ", not " + rows + " rows by "
                    + columns + " columns of " + weight);
        }
    }

    /** Whether a weight is one of bf16 with rows of a multiple of 32 elements and codes at a multiple of 16 bytes. */
    public static boolean takes(FourBitAddresses weight, int columns) {
        return weight.dtype() == DType.BF16 && columns % WITHIN_BLOCK == 0 && weight.packed() % ALIGNMENT == 0;
    }

    /** Some rows of it. */
    FourBitProduct part(int first, int count) {
        long fromX = x + (long) first * columns * DType.BF16.bytes();
        long toY = y + (long) first * outputs * to.bytes();
        return new FourBitProduct(weight, fromX, to, toY, accumulate, count, outputs, columns);
    }
}
