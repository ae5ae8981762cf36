package dev.errata.kernels.cuda;

import dev.errata.tensor.DType;

/**
 * A matrix of a product as it lies in memory.
 *
 * @param dtype F32 or BF16
 */
record TypedMatrix(long address, int stride, DType dtype) {
    boolean isBf16() {
        return dtype == DType.BF16;
    }

    DeviceMatrix matrix() {
        return new DeviceMatrix(address, stride);
    }
}
