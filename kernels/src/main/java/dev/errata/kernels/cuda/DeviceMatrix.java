package dev.errata.kernels.cuda;

/**
 * A row-major matrix in device memory.
 *
 * @param address of element (0, 0)
 * @param stride elements from one row to the next
 */
public record DeviceMatrix(long address, int stride) {
    /** Where a product has no second pair of factors. */
    static final DeviceMatrix NONE = new DeviceMatrix(0, 0);

    private static final int CHUNK_BYTES = 16;
    private static final int CHUNK_ELEMENTS = 8;

    /** Whether each row of bf16 starts on 16 bytes, which asynchronous and bulk copies want. */
    boolean isAlignedBf16() {
        return address % CHUNK_BYTES == 0 && stride % CHUNK_ELEMENTS == 0;
    }
}
