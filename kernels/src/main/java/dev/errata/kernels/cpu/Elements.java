package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;
import dev.errata.tensor.Tensor;

/**
 * The elements of an F32, BF16 or F16 tensor for kernels that work on runs of f32. Where the tensor is F32, a run is worked
 * on where it lies; else in a worker's room, to which it is widened and from which it is rounded back. A room is 64-byte
 * aligned and as long as the run.
 */
record Elements(long address, DType dtype) {
    /**
     * @throws IllegalArgumentException if the tensor has another type or fewer elements
     */
    static Elements of(Tensor tensor, long count) {
        return new Elements(Memory.anyFloats(tensor, count), tensor.dtype());
    }

    /** The address of the run of {@code count} elements from {@code first} on as f32. */
    long read(long first, int count, long room, Scratch mine) {
        return read(dtype, at(first), count, room, mine);
    }

    /** The same for a run at an address. */
    static long read(DType dtype, long run, int count, long room, Scratch mine) {
        if (dtype == DType.F32) {
            return run;
        }
        if (dtype == DType.BF16) {
            mine.rowsOfBf16.widen(run, 0, room, 0, 1, count);
        } else {
            HalfMath.widen(dtype, run, count, room);
        }
        return room;
    }

    /** The run as f32 in a room. */
    private void copyOut(long first, int count, long room, Scratch mine) {
        long run = read(first, count, room, mine);
        if (run != room) {
            Memory.copy(run, room, count * 4L);
        }
    }

    /**
     * Runs of {@code count} elements as f32 at to, {@code toStride} bytes apart.
     *
     * @param stride elements from the beginning of a run to that of the next
     */
    void copyRowsOut(long first, long stride, int rows, int count, long to, long toStride, Scratch mine) {
        if (dtype == DType.BF16) {
            mine.rowsOfBf16.widen(at(first), stride * 2, to, toStride, rows, count);
            return;
        }
        for (int row = 0; row < rows; row++) {
            copyOut(first + row * stride, count, to + row * toStride, mine);
        }
    }

    /** Where a run is to be written as f32; {@link #store} puts it in its place. */
    long target(long first, long room) {
        return dtype == DType.F32 ? at(first) : room;
    }

    /** As {@link #target}, or with {@code accumulate} as {@link #read}, so that it can be added to. */
    long target(long first, int count, long room, boolean accumulate, Scratch mine) {
        return accumulate ? read(first, count, room, mine) : target(first, room);
    }

    /** Puts a run of f32 in its place, if it doesn't stand there already. */
    void store(long run, long first, int count, Scratch mine) {
        if (dtype == DType.BF16) {
            mine.rowsOfBf16.narrow(run, 0, at(first), 0, 1, count);
        } else if (run != at(first)) {
            HalfMath.narrow(run, dtype, count, at(first));
        }
    }

    /**
     * Puts runs of {@code count} f32, {@code runStride} bytes apart, in their places.
     *
     * @param stride elements from the beginning of a run's place to that of the next
     */
    void storeRows(long run, long runStride, int rows, int count, long first, long stride, Scratch mine) {
        if (dtype == DType.BF16) {
            mine.rowsOfBf16.narrow(run, runStride, at(first), stride * 2, rows, count);
            return;
        }
        for (int row = 0; row < rows; row++) {
            store(run + row * runStride, first + row * stride, count, mine);
        }
    }

    /** Copies a run to another tensor's place {@code to}, converted where that has another type. */
    void copy(long first, int count, long room, Elements other, long to, Scratch mine) {
        if (dtype == other.dtype) {
            Memory.copy(at(first), other.at(to), (long) count * dtype.bytes());
        } else {
            other.store(read(first, count, other.target(to, room), mine), to, count, mine);
        }
    }

    /** The address of an element. */
    long at(long first) {
        return address + first * dtype.bytes();
    }
}
