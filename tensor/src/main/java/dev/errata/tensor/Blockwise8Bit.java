package dev.errata.tensor;

/**
 * Values in 8 bits: element i is {@code map[codes[i]] · absmax[i / 256]} (bitsandbytes' blockwise quantization, Dettmers
 * and others 2022). The last block may be short.
 *
 * @param codes U8 [n]
 * @param absmax F32 [n / 256, rounded up]
 * @param map F32 [256], ascending
 */
public record Blockwise8Bit(Tensor codes, Tensor absmax, Tensor map) {
    /** Elements that share an absmax. */
    public static final int BLOCK_SIZE = 256;

    /** Codes that there are. */
    public static final int CODES = 256;

    /** Below this, absmax is taken for this; it keeps 1 / absmax finite. */
    public static final float LEAST_ABSMAX = 1e-38f;

    /** Blocks of so many elements. */
    public static long blocks(long elements) {
        return (elements + BLOCK_SIZE - 1) / BLOCK_SIZE;
    }
}
