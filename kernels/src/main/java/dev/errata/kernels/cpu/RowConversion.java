package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;

/** One head's elements in some rows: from the tensor's type to dense F32 rows and back. */
final class RowConversion {
    private RowConversion() {}

    /** {@code count} rows of {@code width} elements, {@code stride} bytes apart, to F32 rows next to each other. */
    static void widen(DType dtype, long from, long stride, int width, int count, long to) {
        for (int i = 0; i < count; i++) {
            HalfMath.widen(dtype, from + i * stride, width, to + (long) i * width * 4);
        }
    }

    /** The reverse, rounded. */
    static void narrow(long from, DType dtype, long to, long stride, int width, int count) {
        for (int i = 0; i < count; i++) {
            HalfMath.narrow(from + (long) i * width * 4, dtype, width, to + i * stride);
        }
    }
}
