package dev.errata.kernels.cpu;

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
        long x = Memory.floats(op.x(), (long) rows * columns);
        long out = Memory.floats(op.out(), (long) rows * columns);
        long weight = shifted(op.weight(), op.offset());
        long rstds = Memory.floats(op.rstd(), rows);
        workers.parallelFor(Workers.tasks(rows, TASK_ROWS), (task, worker) -> {
            int end = Math.min(rows, (task + 1) * TASK_ROWS);
            for (int n = task * TASK_ROWS; n < end; n++) {
                long at = (long) n * columns * 4;
                double sum = RowMath.dot(x + at, x + at, columns, scratch[worker].lanes);
                float rstd = (float) (1 / Math.sqrt(sum / columns + op.eps()));
                Memory.set(rstds + n * 4L, rstd);
                if (op.bf16() && op.offset() == 0) {
                    NormMath.scaleByWeightBf16(x + at, rstd, weight, columns, out + at);
                } else {
                    RowMath.scaleByWeight(x + at, rstd, weight, columns, out + at);
                    if (op.bf16()) {
                        RoundMath.bf16(out + at, columns, out + at);
                    }
                }
            }
        });
    }

    void backward(Op.RmsNormBackward op) {
        int columns = op.weight().columns();
        int rows = runs(op.x(), columns);
        long x = Memory.floats(op.x(), (long) rows * columns);
        long weight = shifted(op.weight(), op.offset());
        long rstds = Memory.floats(op.rstd(), rows);
        long dOut = Memory.floats(op.dOut(), (long) rows * columns);
        long dX = Memory.floats(op.dX(), (long) rows * columns);
        if (op.dWeight() != null) {
            weightGradient(x, rstds, dOut, rows, columns, Memory.floats(op.dWeight(), columns));
        }
        workers.parallelFor(Workers.tasks(rows, TASK_ROWS), (task, worker) -> {
            int end = Math.min(rows, (task + 1) * TASK_ROWS);
            for (int n = task * TASK_ROWS; n < end; n++) {
                long at = (long) n * columns * 4;
                float rstd = Memory.get(rstds + n * 4L);
                double dot = RowMath.dot3(weight, dOut + at, x + at, columns, scratch[worker].lanes);
                float mean = (float) (dot / columns);
                NormMath.inputGradient(
                        x + at, weight, dOut + at, rstd, rstd * rstd * mean, columns, dX + at, op.accumulate());
            }
        });
    }

    /** The address of offset + weight, which lies in memory of the first worker where it is not the weight itself. */
    private long shifted(Tensor weight, float offset) {
        int columns = weight.columns();
        long plain = Memory.floats(weight, columns);
        if (offset == 0) {
            return plain;
        }
        long sum = scratch[0].floats(columns);
        for (int c = 0; c < columns; c++) {
            Memory.set(sum + c * 4L, offset + Memory.get(plain + c * 4L));
        }
        return sum;
    }

    /** Runs that are normalized: the rows of x, or the heads within them. */
    private static int runs(Tensor x, int columns) {
        if (columns == 0 || x.columns() % columns != 0) {
            throw new IllegalArgumentException("rows of a multiple of " + columns + " are needed, not " + x);
        }
        return Math.toIntExact(x.elements() / columns);
    }

    /** Columns by task, so that each element's sum over the rows is in their order. Runs before dX may overwrite dOut. */
    private void weightGradient(long x, long rstds, long dOut, int rows, int columns, long dWeight) {
        workers.parallelFor(Workers.tasks(columns, Rows.TASK_COLUMNS), (task, worker) -> {
            int first = task * Rows.TASK_COLUMNS;
            int count = Math.min(Rows.TASK_COLUMNS, columns - first);
            for (int n = 0; n < rows; n++) {
                long at = ((long) n * columns + first) * 4;
                NormMath.addProduct(dOut + at, x + at, Memory.get(rstds + n * 4L), count, dWeight + first * 4L);
            }
        });
    }
}
