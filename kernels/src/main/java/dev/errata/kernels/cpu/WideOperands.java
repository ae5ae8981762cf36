package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;
import dev.errata.tensor.MemoryPool;
import dev.errata.tensor.Tensor;

/** F32 copies of bf16 operands for the length of a product, some rows at a time; F32 ones are used where they lie. */
final class WideOperands {
    /** Floats of a copy, unless a single row has more. */
    private static final int FLOATS = 1 << 22;

    private static final int TASK = 1 << 14;

    private final Workers workers;
    private final Room left;
    private final Room right;
    private final Room output;

    WideOperands(Workers workers, MemoryPool pool) {
        this.workers = workers;
        left = new Room("widened input of a product", pool);
        right = new Room("widened right side of a product", pool);
        output = new Room("output of a product before rounding", pool);
    }

    /** How many rows of two matrices are widened at a time; all of them where both are F32. */
    static int rowsAtATime(Tensor one, Tensor other) {
        boolean narrow = one.dtype() != DType.F32 || other.dtype() != DType.F32;
        int columns = Math.max(1, Math.max(one.columns(), other.columns()));
        return narrow ? Math.max(Tile.ROWS, FLOATS / columns / Tile.ROWS * Tile.ROWS) : Math.max(1, one.rows());
    }

    /** Where rows of the left matrix are as F32. */
    long left(Tensor x, int row, int rows) {
        return widened(x, row, rows, left);
    }

    /** Where rows of the right matrix are as F32. */
    long right(Tensor x, int row, int rows) {
        return widened(x, row, rows, right);
    }

    private long widened(Tensor x, int row, int rows, Room room) {
        if (x.dtype() == DType.F32) {
            return address(x, row);
        }
        long to = room.floats((long) rows * x.columns());
        widen(x, row, rows, to);
        return to;
    }

    /** Where rows of out are to be written as F32; with what they are now, if that is added to. */
    long output(Tensor out, int row, int rows, boolean accumulate) {
        if (out.dtype() == DType.F32) {
            return address(out, row);
        }
        long to = output.floats((long) rows * out.columns());
        if (accumulate) {
            widen(out, row, rows, to);
        }
        return to;
    }

    /** Rounds what was written into out, if that isn't F32. */
    void store(Tensor out, int row, int rows) {
        if (out.dtype() == DType.F32) {
            return;
        }
        long count = (long) rows * out.columns();
        long from = output.floats(count);
        long to = address(out, row);
        workers.parallelFor(Workers.tasks(count, TASK), (task, worker) -> {
            long first = (long) task * TASK;
            RoundMath.narrowBf16(from + first * 4, (int) Math.min(TASK, count - first), to + first * 2);
        });
    }

    private void widen(Tensor x, int row, int rows, long to) {
        long count = (long) rows * x.columns();
        long from = address(x, row);
        workers.parallelFor(Workers.tasks(count, TASK), (task, worker) -> {
            long first = (long) task * TASK;
            HalfMath.widenBf16(from + first * 2, (int) Math.min(TASK, count - first), to + first * 4);
        });
    }

    private static long address(Tensor tensor, int row) {
        if (tensor.dtype() != DType.F32 && tensor.dtype() != DType.BF16) {
            throw new IllegalArgumentException("F32 or BF16 is needed, not " + tensor);
        }
        long base = Memory.address(tensor, tensor.dtype(), (long) tensor.rows() * tensor.columns());
        return base + (long) row * tensor.columns() * tensor.dtype().bytes();
    }
}
