package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.F32Tile;
import dev.errata.tensor.DType;
import dev.errata.tensor.MemoryPool;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;

/**
 * Products of dropped rows. What is dropped is made a panel at a time, where it is packed, and what is to be dropped of a
 * gradient as its rows are added; neither is ever held whole. Masks are drawn once forward and once backward, there as bits of all rows.
 */
final class DropoutProducts {
    private static final int DRAWN_ROWS = 16;

    private final Workers workers;
    private final Scratch[] scratch;
    private final Gemm gemm;
    private final Room kept;

    DropoutProducts(Workers workers, Scratch[] scratch, Gemm gemm, MemoryPool pool) {
        this.workers = workers;
        this.scratch = scratch;
        this.gemm = gemm;
        kept = new Room("bits of dropout", pool);
    }

    void forward(Op.DropoutLinear op) {
        int m = op.x().rows();
        int k = op.x().columns();
        int n = op.weight().rows();
        LeftSide dropped = new DroppedRows(
                Elements.of(op.x(), op.x().elements()), k, DropoutMath.Settings.of(op.seed(), op.stream(), op.p()));
        gemm.lowRank()
                .multiply(
                        dropped,
                        new RightSide.Dense(Memory.floats(op.weight(), (long) n * k), k, true, n),
                        m,
                        n,
                        k,
                        new LowRankProduct.Plain(Memory.floats(op.out(), (long) m * n), n),
                        false);
    }

    /** Rows with what is dropped of them. */
    private record DroppedRows(Elements x, int columns, DropoutMath.Settings settings) implements LeftSide {
        @Override
        public void place(int row, int rows, int k, int depth, LeftPlace place, Scratch mine) {
            long stride = Lanes.ceil(depth) * 4L;
            long dropped = mine.floats(rows * (stride / 4));
            int words = DropoutMath.words(depth);
            long bits = mine.masks(rows * words);
            long first = (long) row * columns + k;
            for (int i = 0; i < rows; i++) {
                mine.dropoutRows.draw(settings, first + (long) i * columns, depth, bits + (long) i * words * 8, mine);
            }
            mine.dropoutRows.apply(
                    x.dtype(),
                    x.at(first),
                    (long) columns * x.dtype().bytes(),
                    rows,
                    depth,
                    bits,
                    words,
                    settings.keep(),
                    dropped,
                    stride,
                    false,
                    mine);
            place.is(F32Tile.Left.ROWS, dropped, stride);
        }
    }

    void backward(Op.DropoutLinearBackward op) {
        Op.DropoutLinear forward = op.forward();
        int rows = forward.x().rows();
        int in = forward.x().columns();
        DropoutMath.Settings settings = DropoutMath.Settings.of(forward.seed(), forward.stream(), forward.p());
        int words = DropoutMath.words(in);
        long bits = draw(settings, rows, in, words);
        if (op.dX() != null) {
            inputGradient(
                    op,
                    new AddedRows(
                            Elements.of(op.dX(), op.dX().elements()),
                            in,
                            bits,
                            words,
                            settings.keep(),
                            op.accumulate()));
        }
        if (op.dWeight() != null) {
            Elements x = Elements.of(forward.x(), forward.x().elements());
            gemm.addTransposed(op.dOut(), new RightSide.Dropped(x, in, bits, words, settings.keep()), op.dWeight());
        }
    }

    /** The bits of each row in words of its own. */
    private long draw(DropoutMath.Settings settings, int rows, int in, int words) {
        long bits = kept.floats(2L * Math.multiplyExact(rows, words));
        workers.parallelFor(Workers.tasks(rows, DRAWN_ROWS), (task, worker) -> {
            int end = Math.min(rows, (task + 1) * DRAWN_ROWS);
            Scratch mine = scratch[worker];
            for (int row = task * DRAWN_ROWS; row < end; row++) {
                mine.dropoutRows.draw(settings, (long) row * in, in, bits + (long) row * words * 8, mine);
            }
        });
        return bits;
    }

    private void inputGradient(Op.DropoutLinearBackward op, AddedRows to) {
        Tensor dOut = op.dOut();
        int m = dOut.rows();
        int k = dOut.columns();
        int n = to.columns();
        long weight = Memory.floats(op.forward().weight(), (long) k * n);
        LeftSide left = new LeftSide.Stored(Memory.floats(dOut, (long) m * k), k);
        gemm.lowRank().multiply(left, new RightSide.Dense(weight, n, false, n), m, n, k, to, false);
    }

    /** Rows that are dropped and then stored, or added to what is there. */
    private record AddedRows(Elements to, int columns, long kept, int words, float keep, boolean adds)
            implements LowRankProduct.Result {
        @Override
        public long rows(int row, int rows, Scratch mine) {
            return mine.rows((long) rows * columns);
        }

        @Override
        public void done(int row, int rows, long at, Scratch mine) {
            long first = (long) row * columns;
            long stride = columns * 4L;
            boolean inPlace = to.dtype() == DType.F32;
            // Free here: the gradient that is multiplied lies in memory as F32, so nothing of it was put there.
            long target = inPlace ? to.target(first, 0) : mine.floats((long) rows * columns + Lanes.COUNT);
            if (adds && !inPlace) {
                to.copyRowsOut(first, columns, rows, columns, target, stride, mine);
            }
            long bits = kept + (long) row * words * 8;
            mine.dropoutRows.apply(DType.F32, at, stride, rows, columns, bits, words, keep, target, stride, adds, mine);
            if (!inPlace) {
                to.storeRows(target, stride, rows, columns, first, columns, mine);
            }
        }
    }
}
