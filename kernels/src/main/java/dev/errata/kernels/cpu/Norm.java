package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;

/** Root mean square normalization and its gradient, runs by task: rows, or heads where the weight is as wide as a head. */
final class Norm {
    private static final int TASK_ROWS = 16;

    private final Workers workers;
    private final Scratch[] scratch;

    Norm(Workers workers, Scratch[] scratch) {
        this.workers = workers;
        this.scratch = scratch;
    }

    void forward(Op.RmsNorm op) {
        int columns = op.weight().columns();
        int rows = runs(op.x(), columns);
        Elements x = Elements.of(op.x(), (long) rows * columns);
        Elements out = Elements.of(op.out(), (long) rows * columns);
        Elements weight = Elements.of(op.weight(), columns);
        long rstds = Memory.floats(op.rstd(), rows);
        boolean rounds = op.x().dtype() == DType.BF16;
        boolean inBf16 = rounds && op.out().dtype() == DType.BF16;
        long part = Lanes.ceil(columns) * 4L;
        workers.parallelFor(Workers.tasks(rows, TASK_ROWS), (task, worker) -> {
            long room = scratch[worker].floats(2L * Lanes.ceil(columns));
            long w = shifted(weight, op.offset(), columns, room, scratch[worker]);
            int end = Math.min(rows, (task + 1) * TASK_ROWS);
            for (int n = task * TASK_ROWS; n < end; n++) {
                long first = (long) n * columns;
                if (inBf16 && scratch[worker].rowsOfBf16.takes(columns)) {
                    RowsOfBf16 rowsOfBf16 = scratch[worker].rowsOfBf16;
                    float rstd = rstd(rowsOfBf16.sumOfSquares(x.at(first), columns), columns, op.eps());
                    Memory.set(rstds + n * 4L, rstd);
                    rowsOfBf16.scaleByWeight(x.at(first), rstd, w, columns, op.offset() == 0, out.at(first));
                    continue;
                }
                long from = x.read(first, columns, room + part, scratch[worker]);
                long to = out.target(first, room + part);
                float rstd = rstd(scratch[worker].rowsOfF32.dot(from, from, columns), columns, op.eps());
                Memory.set(rstds + n * 4L, rstd);
                scaled(from, rstd, w, columns, rounds && op.offset() == 0, to, scratch[worker]);
                out.store(to, first, columns, scratch[worker]);
            }
        });
    }

    private static float rstd(double sum, int columns, double eps) {
        return (float) (1 / Math.sqrt(sum / columns + eps));
    }

    /** out = x · rstd · w, where x · rstd is rounded to bf16 first if told to. */
    private static void scaled(long x, float rstd, long w, int columns, boolean rounds, long out, Scratch mine) {
        if (rounds) {
            mine.rowsOfF32.scaled(x, rstd, columns, out);
            mine.rowsOfBf16.round(out, columns);
            RowMath.multiply(out, w, columns, out);
        } else {
            mine.rowsOfF32.scaleByWeight(x, rstd, w, columns, out);
        }
    }

    void backward(Op.RmsNormBackward op) {
        int columns = op.weight().columns();
        int rows = runs(op.x(), columns);
        Elements x = Elements.of(op.x(), (long) rows * columns);
        Elements weight = Elements.of(op.weight(), columns);
        long rstds = Memory.floats(op.rstd(), rows);
        Elements dOut = Elements.of(op.dOut(), (long) rows * columns);
        Elements dX = Elements.of(op.dX(), (long) rows * columns);
        if (op.dWeight() != null) {
            weightGradient(x, rstds, dOut, rows, columns, Elements.of(op.dWeight(), columns));
        }
        long part = Lanes.ceil(columns) * 4L;
        workers.parallelFor(Workers.tasks(rows, TASK_ROWS), (task, worker) -> {
            long room = scratch[worker].floats(4L * Lanes.ceil(columns));
            long w = shifted(weight, op.offset(), columns, room, scratch[worker]);
            int end = Math.min(rows, (task + 1) * TASK_ROWS);
            for (int n = task * TASK_ROWS; n < end; n++) {
                long first = (long) n * columns;
                long from = x.read(first, columns, room + part, scratch[worker]);
                long d = dOut.read(first, columns, room + 2 * part, scratch[worker]);
                long to = dX.target(first, columns, room + 3 * part, op.accumulate(), scratch[worker]);
                float rstd = Memory.get(rstds + n * 4L);
                double dot = RowMath.dot3(w, d, from, columns, scratch[worker].lanes);
                float mean = (float) (dot / columns);
                NormMath.inputGradient(from, w, d, rstd, rstd * rstd * mean, columns, to, op.accumulate());
                dX.store(to, first, columns, scratch[worker]);
            }
        });
    }

    /** The address of offset + weight as f32: the weight's own, or the room's. */
    private static long shifted(Elements weight, float offset, int columns, long room, Scratch mine) {
        long plain = weight.read(0, columns, room, mine);
        if (offset == 0) {
            return plain;
        }
        for (int c = 0; c < columns; c++) {
            Memory.set(room + c * 4L, offset + Memory.get(plain + c * 4L));
        }
        return room;
    }

    /** Runs that are normalized: the rows of x, or the heads within them. */
    private static int runs(Tensor x, int columns) {
        if (columns == 0 || x.columns() % columns != 0) {
            throw new IllegalArgumentException("rows of a multiple of " + columns + " are needed, not " + x);
        }
        return Math.toIntExact(x.elements() / columns);
    }

    /** Columns by task, so that each element's sum over the rows is in their order. Runs before dX may overwrite dOut. */
    private void weightGradient(Elements x, long rstds, Elements dOut, int rows, int columns, Elements dWeight) {
        workers.parallelFor(Workers.tasks(columns, Rows.TASK_COLUMNS), (task, worker) -> {
            long room = scratch[worker].floats(3L * Rows.TASK_COLUMNS);
            int begin = task * Rows.TASK_COLUMNS;
            int count = Math.min(Rows.TASK_COLUMNS, columns - begin);
            long sums = dWeight.read(begin, count, room, scratch[worker]);
            for (int n = 0; n < rows; n++) {
                long first = (long) n * columns + begin;
                long d = dOut.read(first, count, room + Rows.TASK_COLUMNS * 4L, scratch[worker]);
                long from = x.read(first, count, room + Rows.TASK_COLUMNS * 8L, scratch[worker]);
                NormMath.addProduct(d, from, Memory.get(rstds + n * 4L), count, sums);
            }
            dWeight.store(sums, begin, count, scratch[worker]);
        });
    }
}
