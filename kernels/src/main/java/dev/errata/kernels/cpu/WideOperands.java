package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;
import dev.errata.tensor.MemoryPool;
import dev.errata.tensor.Tensor;

/** F32 copies of bf16 activations for the length of a product, some rows at a time; F32 ones are used where they lie. */
final class WideOperands {
    /** Floats of a copy, unless a single row has more. */
    private static final int FLOATS = 1 << 22;

    private static final int TASK = 1 << 14;

    private final Workers workers;
    private final Scratch input;
    private final Scratch output;

    /**
     * @param pool where the copies lie, and stay
     */
    WideOperands(Workers workers, MemoryPool pool) {
        this.workers = workers;
        this.input = new Scratch(pool);
        this.output = new Scratch(pool);
    }

    int rowsAtATime(Tensor x, Tensor out) {
        boolean narrow = x.dtype() != DType.F32 || out.dtype() != DType.F32;
        int columns = Math.max(1, Math.max(x.columns(), out.columns()));
        return narrow ? Math.max(Tile.ROWS, FLOATS / columns / Tile.ROWS * Tile.ROWS) : Math.max(1, x.rows());
    }

    /** Where rows of x are as F32. */
    long input(Tensor x, int row, int rows) {
        long from = address(x, row);
        if (x.dtype() == DType.F32) {
            return from;
        }
        long to = input.floats((long) rows * x.columns());
        widen(from, (long) rows * x.columns(), to);
        return to;
    }

    /** Where rows of out are to be written as F32; with what they are now, if that is added to. */
    long output(Tensor out, int row, int rows, boolean accumulate) {
        long at = address(out, row);
        if (out.dtype() == DType.F32) {
            return at;
        }
        long to = output.floats((long) rows * out.columns());
        if (accumulate) {
            widen(at, (long) rows * out.columns(), to);
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
            HalfMath.narrowBf16(from + first * 4, (int) Math.min(TASK, count - first), to + first * 2);
        });
    }

    private void widen(long from, long count, long to) {
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
