package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.F32Tile;
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
    private long[] kept = new long[0];

    DropoutProducts(Workers workers, Scratch[] scratch, Gemm gemm) {
        this.workers = workers;
        this.scratch = scratch;
        this.gemm = gemm;
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
            long dropped = mine.floats((rows + 1) * (stride / 4));
            long wide = dropped + rows * stride;
            long[] bits = mine.masks(DropoutMath.words(depth));
            for (int i = 0; i < rows; i++) {
                long first = (long) (row + i) * columns + k;
                DropoutMath.draw(settings, first, depth, bits, 0, mine);
                DropoutMath.apply(
                        bits, 0, settings.keep(), x.read(first, depth, wide, mine), depth, dropped + i * stride, false);
            }
            place.is(F32Tile.Left.ROWS, dropped, stride);
        }
    }

    void backward(Op.DropoutLinearBackward op) {
        Op.DropoutLinear forward = op.forward();
        int rows = forward.x().rows();
        int in = forward.x().columns();
        DropoutMath.Settings settings = DropoutMath.Settings.of(forward.seed(), forward.stream(), forward.p());
        int words = DropoutMath.words(in);
        draw(settings, rows, in, words);
        if (op.dX() != null) {
            inputGradient(
                    op,
                    new AddedRows(
                            Elements.of(op.dX(), op.dX().elements()),
                            in,
                            kept,
                            words,
                            settings.keep(),
                            op.accumulate()));
        }
        if (op.dWeight() != null) {
            Elements x = Elements.of(forward.x(), forward.x().elements());
            gemm.addTransposed(op.dOut(), new RightSide.Dropped(x, in, kept, words, settings.keep()), op.dWeight());
        }
    }

    /** The bits of each row in words of its own. */
    private void draw(DropoutMath.Settings settings, int rows, int in, int words) {
        int needed = Math.multiplyExact(rows, words);
        if (kept.length < needed) {
            kept = new long[needed];
        }
        long[] bits = kept;
        workers.parallelFor(Workers.tasks(rows, DRAWN_ROWS), (task, worker) -> {
            int end = Math.min(rows, (task + 1) * DRAWN_ROWS);
            for (int row = task * DRAWN_ROWS; row < end; row++) {
                DropoutMath.draw(settings, (long) row * in, in, bits, row * words, scratch[worker]);
            }
        });
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
    private record AddedRows(Elements to, int columns, long[] kept, int words, float keep, boolean adds)
            implements LowRankProduct.Result {
        @Override
        public long rows(int row, int rows, Scratch mine) {
            return mine.rows((long) rows * columns);
        }

        @Override
        public void done(int row, int rows, long at, Scratch mine) {
            long room = mine.floats(columns + Lanes.COUNT);
            for (int i = 0; i < rows; i++) {
                long first = (long) (row + i) * columns;
                long target = to.target(first, columns, room, adds, mine);
                DropoutMath.apply(kept, (row + i) * words, keep, at + (long) i * columns * 4, columns, target, adds);
                to.store(target, first, columns, mine);
            }
        }
    }
}
