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
        Elements out = Elements.of(op.out(), (long) rows * columns);
        WeightRows weight = WeightRows.of(op.weight());
        workers.parallelFor(Workers.tasks(rows, Tile.COLUMNS), (task, worker) -> {
            int row = task * Tile.COLUMNS;
            int count = Math.min(Tile.COLUMNS, rows - row);
            long first = (long) row * columns;
            long to = out.target(first, scratch[worker].floats((long) count * columns));
            weight.widen(row, count, 0, columns, to, scratch[worker]);
            out.store(to, first, count * columns, scratch[worker]);
        });
    }

    void embedding(Op.Embedding op) {
        int count = Math.toIntExact(op.ids().elements());
        int columns = op.table().in();
        int bound = op.table().out();
        WeightRows table = WeightRows.of(op.table());
        long ids = Memory.address(op.ids(), DType.I32, count);
        Elements out = Elements.of(op.out(), (long) count * columns);
        workers.parallelFor(count, (n, worker) -> {
            long first = (long) n * columns;
            long to = out.target(first, scratch[worker].floats(columns));
            table.widen(Memory.index(ids, n, bound), 1, 0, columns, to, scratch[worker]);
            out.store(to, first, columns, scratch[worker]);
        });
    }

    void gather(Op.GatherRows op) {
        int count = Math.toIntExact(op.rows().elements());
        int columns = op.out().columns();
        int bound = op.x().rows();
        Elements x = Elements.of(op.x(), (long) bound * columns);
        long ids = Memory.address(op.rows(), DType.I32, count);
        Elements out = Elements.of(op.out(), (long) count * columns);
        workers.parallelFor(Workers.tasks(count, TASK_ROWS), (task, worker) -> {
            long room = scratch[worker].floats(columns);
            int end = Math.min(count, (task + 1) * TASK_ROWS);
            for (int m = task * TASK_ROWS; m < end; m++) {
                x.copy(
                        (long) Memory.index(ids, m, bound) * columns,
                        columns,
                        room,
                        out,
                        (long) m * columns,
                        scratch[worker]);
            }
        });
    }

    void scatter(Op.ScatterRows op) {
        int count = Math.toIntExact(op.rows().elements());
        int columns = op.x().columns();
        int bound = op.out().rows();
        Elements x = Elements.of(op.x(), (long) count * columns);
        long ids = Memory.address(op.rows(), DType.I32, count);
        Elements out = Elements.of(op.out(), (long) bound * columns);
        long part = Lanes.ceil(columns) * 4L;
        workers.parallelFor(Workers.tasks(count, TASK_ROWS), (task, worker) -> {
            long room = scratch[worker].floats(2L * Lanes.ceil(columns));
            int end = Math.min(count, (task + 1) * TASK_ROWS);
            for (int m = task * TASK_ROWS; m < end; m++) {
                long first = (long) Memory.index(ids, m, bound) * columns;
                if (op.accumulate()) {
                    long sum = out.read(first, columns, room, scratch[worker]);
                    scratch[worker].rowsOfF32.add(
                            sum, x.read((long) m * columns, columns, room + part, scratch[worker]), columns, sum);
                    out.store(sum, first, columns, scratch[worker]);
                } else {
                    x.copy((long) m * columns, columns, room, out, first, scratch[worker]);
                }
            }
        });
    }

    void embeddingBackward(Op.EmbeddingBackward op) {
        int count = Math.toIntExact(op.ids().elements());
        int columns = op.dTable().columns();
        int bound = op.dTable().rows();
        long ids = Memory.address(op.ids(), DType.I32, count);
        Elements dOut = Elements.of(op.dOut(), (long) count * columns);
        Elements dTable = Elements.of(op.dTable(), (long) bound * columns);
        workers.parallelFor(Workers.tasks(columns, TASK_COLUMNS), (task, worker) -> {
            long room = scratch[worker].floats(2L * TASK_COLUMNS);
            int begin = task * TASK_COLUMNS;
            int width = Math.min(TASK_COLUMNS, columns - begin);
            for (int n = 0; n < count; n++) {
                long first = (long) Memory.index(ids, n, bound) * columns + begin;
                long sum = dTable.read(first, width, room, scratch[worker]);
                long d = dOut.read((long) n * columns + begin, width, room + TASK_COLUMNS * 4L, scratch[worker]);
                scratch[worker].rowsOfF32.add(sum, d, width, sum);
                dTable.store(sum, first, width, scratch[worker]);
            }
        });
    }

    void addBias(Op.AddBias op) {
        int rows = op.x().rows();
        int columns = op.x().columns();
        Elements x = Elements.of(op.x(), (long) rows * columns);
        Elements bias = Elements.of(op.bias(), columns);
        long part = Lanes.ceil(columns) * 4L;
        workers.parallelFor(Workers.tasks(rows, TASK_ROWS), (task, worker) -> {
            long room = scratch[worker].floats(2L * Lanes.ceil(columns));
            long added = bias.read(0, columns, room, scratch[worker]);
            int end = Math.min(rows, (task + 1) * TASK_ROWS);
            for (int n = task * TASK_ROWS; n < end; n++) {
                long first = (long) n * columns;
                long row = x.read(first, columns, room + part, scratch[worker]);
                scratch[worker].rowsOfF32.add(row, added, columns, row);
                x.store(row, first, columns, scratch[worker]);
            }
        });
    }

    void addBiasBackward(Op.AddBiasBackward op) {
        int rows = op.dOut().rows();
        int columns = op.dOut().columns();
        Elements dOut = Elements.of(op.dOut(), (long) rows * columns);
        Elements dBias = Elements.of(op.dBias(), columns);
        workers.parallelFor(Workers.tasks(columns, TASK_COLUMNS), (task, worker) -> {
            long room = scratch[worker].floats(2L * TASK_COLUMNS);
            int begin = task * TASK_COLUMNS;
            int width = Math.min(TASK_COLUMNS, columns - begin);
            long sums = dBias.read(begin, width, room, scratch[worker]);
            for (int n = 0; n < rows; n++) {
                long d = dOut.read((long) n * columns + begin, width, room + TASK_COLUMNS * 4L, scratch[worker]);
                scratch[worker].rowsOfF32.add(sums, d, width, sums);
            }
            dBias.store(sums, begin, width, scratch[worker]);
        });
    }

    void slice(Op.SliceColumns op) {
        Window window = Window.of(op.x(), op.from(), op.out());
        workers.parallelFor(Workers.tasks(window.rows, TASK_ROWS), (task, worker) -> {
            long room = scratch[worker].floats(window.width);
            int end = Math.min(window.rows, (task + 1) * TASK_ROWS);
            for (int n = task * TASK_ROWS; n < end; n++) {
                window.wide.copy(
                        window.inWide(n), window.width, room, window.narrow, (long) n * window.width, scratch[worker]);
            }
        });
    }

    void sliceBackward(Op.SliceColumnsBackward op) {
        Window window = Window.of(op.dX(), op.from(), op.dOut());
        long part = Lanes.ceil(window.width) * 4L;
        workers.parallelFor(Workers.tasks(window.rows, TASK_ROWS), (task, worker) -> {
            long room = scratch[worker].floats(2L * Lanes.ceil(window.width));
            int end = Math.min(window.rows, (task + 1) * TASK_ROWS);
            for (int n = task * TASK_ROWS; n < end; n++) {
                long sums = window.wide.read(window.inWide(n), window.width, room, scratch[worker]);
                long d = window.narrow.read((long) n * window.width, window.width, room + part, scratch[worker]);
                scratch[worker].rowsOfF32.add(sums, d, window.width, sums);
                window.wide.store(sums, window.inWide(n), window.width, scratch[worker]);
            }
        });
    }

    /** Columns of a wide matrix from one on, and the narrow one that holds as many. */
    private record Window(int rows, int width, int stride, int from, Elements wide, Elements narrow) {
        static Window of(Tensor wide, int from, Tensor narrow) {
            int rows = narrow.rows();
            int width = narrow.columns();
            int stride = wide.columns();
            Objects.checkFromIndexSize(from, width, stride);
            return new Window(
                    rows,
                    width,
                    stride,
                    from,
                    Elements.of(wide, (long) rows * stride),
                    Elements.of(narrow, (long) rows * width));
        }

        /** The first element of a row's part. */
        long inWide(int row) {
            return (long) row * stride + from;
        }
    }
}
