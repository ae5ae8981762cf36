package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;

/**
 * One head's elements in the rows of a segment.
 *
 * @param address of the first row's
 * @param stride bytes from one row to the next
 * @param width elements of each row
 */
record HeadRows(long address, long stride, DType dtype, int width) {
    static HeadRows of(long base, DType dtype, long row, int columns, int firstColumn, int width) {
        long stride = (long) columns * dtype.bytes();
        return new HeadRows(base + row * stride + (long) firstColumn * dtype.bytes(), stride, dtype, width);
    }

    /** Dense F32 rows at an address. */
    static HeadRows dense(long address, int width) {
        return new HeadRows(address, width * 4L, DType.F32, width);
    }

    boolean isF32() {
        return dtype == DType.F32;
    }

    long at(int row) {
        return address + row * stride;
    }

    HeadRows from(int row) {
        return new HeadRows(at(row), stride, dtype, width);
    }

    /** These rows in F32: themselves, or {@code count} of them widened into {@code room}. */
    HeadRows floats(int count, long room) {
        if (dtype == DType.F32) {
            return this;
        }
        HeadRows wide = dense(room, width);
        for (int i = 0; i < count; i++) {
            Conversion.widen(dtype, at(i), width, wide.at(i));
        }
        return wide;
    }

    /** Writes F32 rows over {@code count} of these. */
    void set(HeadRows from, int count) {
        for (int i = 0; i < count; i++) {
            Conversion.narrow(from.at(i), dtype, width, at(i));
        }
    }
}
