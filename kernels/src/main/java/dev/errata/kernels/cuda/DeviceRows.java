package dev.errata.kernels.cuda;

import dev.errata.tensor.DType;

/**
 * A matrix in device memory: elements of a row next to each other.
 *
 * @param stride elements from one row to the next
 */
public record DeviceRows(long address, DType dtype, int stride) {
    boolean f32() {
        return dtype == DType.F32;
    }

    /** Whether every row begins at a multiple of 16 bytes. */
    boolean aligned() {
        return address % 16 == 0 && (long) stride * dtype.bytes() % 16 == 0;
    }
}
