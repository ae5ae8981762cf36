package dev.errata.kernels.cuda;

import dev.errata.tensor.DType;

/**
 * Keys and values of earlier tokens in device memory: rows of [K·D] elements. Either in blocks of some tokens that a
 * table names for each sequence, as in vLLM (Kwon et al. 2023), or one after another from a row of the sequence's own.
 *
 * @param stride elements from one row to the next
 * @param table I32 [sequences, tableStride], numbers of blocks; 0 for a cache without
 * @param keyStart I32 [sequences], rows; 0 for a paged cache
 */
public record KeyCache(
        DType dtype, long k, long v, int stride, long table, int tableStride, int blockTokens, long keyStart) {
    public static KeyCache paged(
            DType dtype, long k, long v, int stride, long table, int tableStride, int blockTokens) {
        return new KeyCache(dtype, k, v, stride, table, tableStride, blockTokens, 0);
    }

    public static KeyCache contiguous(DType dtype, long k, long v, int stride, long keyStart) {
        return new KeyCache(dtype, k, v, stride, 0, 0, 1, keyStart);
    }
}
