package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;

/** One head's elements in some rows: from the tensor's type to F32 and back. */
final class RowConversion {
    private RowConversion() {}

    /** {@code count} rows of {@code width} elements, {@code stride} bytes apart, to F32 rows next to each other. */
    static void widen(DType dtype, long from, long stride, int width, int count, long to, Scratch mine) {
        if (dtype == DType.BF16) {
            mine.rowsOfBf16.widen(from, stride, to, width * 4L, count, width);
            return;
        }
        for (int i = 0; i < count; i++) {
            HalfMath.widen(dtype, from + i * stride, width, to + (long) i * width * 4);
        }
    }

    /** The reverse, rounded, of F32 rows {@code fromStride} bytes apart. */
    static void narrow(
            long from, long fromStride, DType dtype, long to, long stride, int width, int count, Scratch mine) {
        if (dtype == DType.BF16) {
            mine.rowsOfBf16.narrow(from, fromStride, to, stride, count, width);
            return;
        }
        for (int i = 0; i < count; i++) {
            HalfMath.narrow(from + i * fromStride, dtype, width, to + i * stride);
        }
    }
}
