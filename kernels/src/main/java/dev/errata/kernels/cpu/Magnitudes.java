package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** What DoRA adds to a low-rank adapter: the lengths of a weight's rows, and columns scaled to other lengths. */
final class Magnitudes {
    static final int TASK_ROWS = Tile.COLUMNS;
    /** Columns of a weight that are held at a time: the rows of A below them stay in the cache for all rows of a task. */
    private static final int CHUNK = 1024;

    private static final VectorSpecies<Float> S = Lanes.SPECIES;

    private final Workers workers;
    private final Scratch[] scratch;

    Magnitudes(Workers workers, Scratch[] scratch) {
        this.workers = workers;
        this.scratch = scratch;
    }

    /** Where the parts of a weight with a low-rank addition lie. */
    private record Sum(WeightRows weight, long a, long b, int in, int rank, float scale) {}

    void rowNorm(Op.LoraRowNorm op) {
        int out = op.weight().out();
        int in = op.weight().in();
        int rank = op.a().rows();
        Sum sum = new Sum(
                WeightRows.of(op.weight()),
                Memory.floats(op.a(), (long) rank * in),
                Memory.floats(op.b(), (long) out * rank),
                in,
                rank,
                op.scale());
        long norms = Memory.address(op.out(), DType.F32, out);
        workers.parallelFor(Workers.tasks(out, TASK_ROWS), (task, worker) -> {
            int first = task * TASK_ROWS;
            rowNorm(sum, first, Math.min(TASK_ROWS, out - first), norms, scratch[worker]);
        });
    }

    private static void rowNorm(Sum sum, int first, int rows, long norms, Scratch mine) {
        double[] squares = mine.squares;
        Arrays.fill(squares, 0);
        long low = mine.floats((TASK_ROWS + 1L) * CHUNK);
        long weights = low + CHUNK * 4L;
        for (int column = 0; column < sum.in; column += CHUNK) {
            int count = Math.min(CHUNK, sum.in - column);
            sum.weight.widen(first, rows, column, count, weights, mine);
            for (int r = 0; r < rows; r++) {
                long row = weights + (long) r * count * 4;
                RowMath.fill(low, count, 0);
                for (int k = 0; k < sum.rank; k++) {
                    float factor = Memory.get(sum.b + ((long) (first + r) * sum.rank + k) * 4);
                    RowMath.addScaled(sum.a + ((long) k * sum.in + column) * 4, factor, count, low);
                }
                RowMath.addScaled(low, sum.scale, count, row);
                squares[r] += RowMath.dot(row, row, count, mine.lanes);
            }
        }
        for (int r = 0; r < rows; r++) {
            Memory.set(norms + (first + r) * 4L, (float) Math.sqrt(squares[r]));
        }
    }

    void scale(Op.ScaleColumns op) {
        scale(op, op.x(), op.out(), false);
    }

    void scaleBackward(Op.ScaleColumnsBackward op) {
        if (op.dMagnitude() != null) {
            magnitudeGradient(op);
        }
        if (op.dX() != null) {
            scale(op.forward(), op.dOut(), op.dX(), op.accumulate());
        }
    }

    /** Columns by task, so that each element's sum over the rows is in their order. Runs before dX may overwrite dOut. */
    private void magnitudeGradient(Op.ScaleColumnsBackward op) {
        int rows = op.forward().x().rows();
        int columns = op.forward().x().columns();
        Elements x = Elements.of(op.forward().x(), (long) rows * columns);
        Elements dOut = Elements.of(op.dOut(), (long) rows * columns);
        long norms = Memory.floats(op.forward().norm(), columns);
        long dMagnitude = Memory.floats(op.dMagnitude(), columns);
        workers.parallelFor(Workers.tasks(columns, Rows.TASK_COLUMNS), (task, worker) -> {
            int begin = task * Rows.TASK_COLUMNS;
            int count = Math.min(Rows.TASK_COLUMNS, columns - begin);
            long sums = scratch[worker].floats(3L * Rows.TASK_COLUMNS);
            RowMath.fill(sums, count, 0);
            for (int n = 0; n < rows; n++) {
                long first = (long) n * columns + begin;
                long d = dOut.read(first, count, sums + Rows.TASK_COLUMNS * 4L, scratch[worker]);
                product(d, x.read(first, count, sums + Rows.TASK_COLUMNS * 8L, scratch[worker]), count, sums, true);
            }
            for (int c = 0; c < count; c++) {
                long to = dMagnitude + (begin + c) * 4L;
                float gradient = Memory.get(sums + c * 4L) / Memory.get(norms + (begin + c) * 4L);
                Memory.set(to, Memory.get(to) + gradient);
            }
        });
    }

    /** out = (or +=) from · the operator's factors. Columns by task, so that their factors are found once for all rows. */
    private void scale(Op.ScaleColumns op, Tensor from, Tensor out, boolean accumulate) {
        int rows = op.x().rows();
        int columns = op.x().columns();
        Elements source = Elements.of(from, (long) rows * columns);
        Elements target = Elements.of(out, (long) rows * columns);
        long magnitudes = Memory.floats(op.magnitude(), columns);
        long norms = Memory.floats(op.norm(), columns);
        workers.parallelFor(Workers.tasks(columns, Rows.TASK_COLUMNS), (task, worker) -> {
            int begin = task * Rows.TASK_COLUMNS;
            int count = Math.min(Rows.TASK_COLUMNS, columns - begin);
            long factors = scratch[worker].floats(3L * Rows.TASK_COLUMNS);
            for (int c = 0; c < count; c++) {
                float factor = Memory.get(magnitudes + (begin + c) * 4L) / Memory.get(norms + (begin + c) * 4L);
                Memory.set(factors + c * 4L, op.lessOne() ? factor - 1 : factor);
            }
            for (int n = 0; n < rows; n++) {
                long first = (long) n * columns + begin;
                long x = source.read(first, count, factors + Rows.TASK_COLUMNS * 4L, scratch[worker]);
                long to = target.target(first, count, factors + Rows.TASK_COLUMNS * 8L, accumulate, scratch[worker]);
                product(x, factors, count, to, accumulate);
                target.store(to, first, count, scratch[worker]);
            }
        });
    }

    /** out = (or +=) a · b, each operation rounded. */
    private static void product(long a, long b, int count, long out, boolean accumulate) {
        int whole = Lanes.floor(count);
        for (int i = 0; i < whole; i += Lanes.COUNT) {
            FloatVector product = FloatVector.fromMemorySegment(S, Memory.ALL, a + i * 4L, Lanes.ORDER)
                    .mul(FloatVector.fromMemorySegment(S, Memory.ALL, b + i * 4L, Lanes.ORDER));
            if (accumulate) {
                product = product.add(FloatVector.fromMemorySegment(S, Memory.ALL, out + i * 4L, Lanes.ORDER));
            }
            product.intoMemorySegment(Memory.ALL, out + i * 4L, Lanes.ORDER);
        }
        for (int i = whole; i < count; i++) {
            float product = Memory.get(a + i * 4L) * Memory.get(b + i * 4L);
            Memory.set(out + i * 4L, accumulate ? product + Memory.get(out + i * 4L) : product);
        }
    }
}
