package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import java.util.Objects;

/** Operators that pick, place or add whole rows. Sums over rows are split by columns, so each is in the rows' order. */
final class Rows {
    /** Columns of a task that sums over rows: four cache lines. */
    static final int TASK_COLUMNS = 64;

    private static final int TASK_ROWS = 16;

    private final Workers workers;
    private final Scratch[] scratch;

    Rows(Workers workers, Scratch[] scratch) {
        this.workers = workers;
        this.scratch = scratch;
    }

    void dequantize(Op.Dequantize op) {
        int rows = op.weight().out();
        int columns = op.weight().in();
        WideRows out = new WideRows(op.out(), rows, columns);
        WeightRows weight = WeightRows.of(op.weight());
        workers.parallelFor(Workers.tasks(rows, Tile.COLUMNS), (task, worker) -> {
            int first = task * Tile.COLUMNS;
            int count = Math.min(Tile.COLUMNS, rows - first);
            Scratch mine = scratch[worker];
            long to = out.room(first, count, mine);
            weight.widen(first, count, 0, columns, to, mine);
            out.store(first, count, to);
        });
    }

    void embedding(Op.Embedding op) {
        int count = Math.toIntExact(op.ids().elements());
        int columns = op.table().in();
        int bound = op.table().out();
        WeightRows table = WeightRows.of(op.table());
        long ids = Memory.address(op.ids(), DType.I32, count);
        WideRows out = new WideRows(op.out(), count, columns);
        workers.parallelFor(count, (n, worker) -> {
            Scratch mine = scratch[worker];
            long to = out.room(n, 1, mine);
            table.widen(Memory.index(ids, n, bound), 1, 0, columns, to, mine);
            out.store(n, 1, to);
        });
    }

    /** Rows of F32 or BF16 that are made as F32. */
    private record WideRows(long address, DType dtype, int columns) {
        WideRows(Tensor tensor, int rows, int columns) {
            this(Memory.address(tensor, narrow(tensor), (long) rows * columns), tensor.dtype(), columns);
        }

        private static DType narrow(Tensor tensor) {
            return tensor.dtype() == DType.BF16 ? DType.BF16 : DType.F32;
        }

        long room(int row, int rows, Scratch mine) {
            return dtype == DType.F32 ? address + (long) row * columns * 4 : mine.floats((long) rows * columns);
        }

        void store(int row, int rows, long from) {
            if (dtype == DType.BF16) {
                HalfMath.narrowBf16(from, rows * columns, address + (long) row * columns * 2);
            }
        }
    }

    void gather(Op.GatherRows op) {
        int count = Math.toIntExact(op.rows().elements());
        int columns = op.out().columns();
        int bound = op.x().rows();
        long x = Memory.floats(op.x(), (long) bound * columns);
        long ids = Memory.address(op.rows(), DType.I32, count);
        long out = Memory.floats(op.out(), (long) count * columns);
        long bytes = columns * 4L;
        workers.parallelFor(Workers.tasks(count, TASK_ROWS), (task, worker) -> {
            int end = Math.min(count, (task + 1) * TASK_ROWS);
            for (int m = task * TASK_ROWS; m < end; m++) {
                Memory.copy(x + Memory.index(ids, m, bound) * bytes, out + m * bytes, bytes);
            }
        });
    }

    void scatter(Op.ScatterRows op) {
        int count = Math.toIntExact(op.rows().elements());
        int columns = op.x().columns();
        int bound = op.out().rows();
        long x = Memory.floats(op.x(), (long) count * columns);
        long ids = Memory.address(op.rows(), DType.I32, count);
        long out = Memory.floats(op.out(), (long) bound * columns);
        long bytes = columns * 4L;
        workers.parallelFor(Workers.tasks(count, TASK_ROWS), (task, worker) -> {
            int end = Math.min(count, (task + 1) * TASK_ROWS);
            for (int m = task * TASK_ROWS; m < end; m++) {
                long to = out + Memory.index(ids, m, bound) * bytes;
                if (op.accumulate()) {
                    RowMath.add(to, x + m * bytes, columns, to);
                } else {
                    Memory.copy(x + m * bytes, to, bytes);
                }
            }
        });
    }

    void embeddingBackward(Op.EmbeddingBackward op) {
        int count = Math.toIntExact(op.ids().elements());
        int columns = op.dTable().columns();
        int bound = op.dTable().rows();
        long ids = Memory.address(op.ids(), DType.I32, count);
        long dOut = Memory.floats(op.dOut(), (long) count * columns);
        long dTable = Memory.floats(op.dTable(), (long) bound * columns);
        workers.parallelFor(Workers.tasks(columns, TASK_COLUMNS), (task, worker) -> {
            int first = task * TASK_COLUMNS;
            int width = Math.min(TASK_COLUMNS, columns - first);
            for (int n = 0; n < count; n++) {
                long to = dTable + ((long) Memory.index(ids, n, bound) * columns + first) * 4;
                RowMath.add(to, dOut + ((long) n * columns + first) * 4, width, to);
            }
        });
    }

    void addBias(Op.AddBias op) {
        int rows = op.x().rows();
        int columns = op.x().columns();
        long x = Memory.floats(op.x(), (long) rows * columns);
        long bias = Memory.floats(op.bias(), columns);
        workers.parallelFor(Workers.tasks(rows, TASK_ROWS), (task, worker) -> {
            int end = Math.min(rows, (task + 1) * TASK_ROWS);
            for (int n = task * TASK_ROWS; n < end; n++) {
                long row = x + (long) n * columns * 4;
                RowMath.add(row, bias, columns, row);
            }
        });
    }

    void addBiasBackward(Op.AddBiasBackward op) {
        int rows = op.dOut().rows();
        int columns = op.dOut().columns();
        long dOut = Memory.floats(op.dOut(), (long) rows * columns);
        long dBias = Memory.floats(op.dBias(), columns);
        workers.parallelFor(Workers.tasks(columns, TASK_COLUMNS), (task, worker) -> {
            int first = task * TASK_COLUMNS;
            int width = Math.min(TASK_COLUMNS, columns - first);
            long to = dBias + first * 4L;
            for (int n = 0; n < rows; n++) {
                RowMath.add(to, dOut + ((long) n * columns + first) * 4, width, to);
            }
        });
    }

    void slice(Op.SliceColumns op) {
        Window window = new Window(op.x(), op.from(), op.out());
        workers.parallelFor(Workers.tasks(window.rows, TASK_ROWS), (task, worker) -> {
            int end = Math.min(window.rows, (task + 1) * TASK_ROWS);
            for (int n = task * TASK_ROWS; n < end; n++) {
                Memory.copy(window.inWide(n), window.inNarrow(n), window.width * 4L);
            }
        });
    }

    void sliceBackward(Op.SliceColumnsBackward op) {
        Window window = new Window(op.dX(), op.from(), op.dOut());
        workers.parallelFor(Workers.tasks(window.rows, TASK_ROWS), (task, worker) -> {
            int end = Math.min(window.rows, (task + 1) * TASK_ROWS);
            for (int n = task * TASK_ROWS; n < end; n++) {
                RowMath.add(window.inWide(n), window.inNarrow(n), window.width, window.inWide(n));
            }
        });
    }

    /** Columns of a wide matrix, and the narrow one that holds as many. */
    private static final class Window {
        final int rows;
        final int width;
        private final int stride;
        private final long wide;
        private final long narrow;

        Window(Tensor wide, int from, Tensor narrow) {
            rows = narrow.rows();
            width = narrow.columns();
            stride = wide.columns();
            Objects.checkFromIndexSize(from, width, stride);
            this.wide = Memory.floats(wide, (long) rows * stride) + from * 4L;
            this.narrow = Memory.floats(narrow, (long) rows * width);
        }

        long inWide(int row) {
            return wide + (long) row * stride * 4;
        }

        long inNarrow(int row) {
            return narrow + (long) row * width * 4;
        }
    }
}
