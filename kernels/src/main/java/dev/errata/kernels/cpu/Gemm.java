package dev.errata.kernels.cpu;

import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;

/**
 * Matrix products over packed panels (Goto and van de Geijn 2008). Each element of C is a sum over blocks of 256 k, each
 * block one FMA chain in increasing k, so its bits depend on neither M, N, threads nor vector width. Products of few rows
 * with a transposed B go to {@link DotProducts}, which sum in another order.
 */
final class Gemm {
    private static final int DEPTH = 256;
    private static final int ROWS = 512 * Tile.ROWS;
    private static final int COLUMNS = 64 * Tile.COLUMNS;
    private static final int TASK_ROWS = 8 * Tile.ROWS;
    private static final int TASK_COLUMNS = 8 * Tile.COLUMNS;
    private static final int PACK_PANELS = 4;

    private final Workers workers;
    private final Scratch[] scratch;
    private final DotProducts dots;
    private float[] aPanels = new float[0];
    private final float[] bPanels = new float[COLUMNS * DEPTH];

    Gemm(Workers workers, Scratch[] scratch) {
        this.workers = workers;
        this.scratch = scratch;
        this.dots = new DotProducts(workers, scratch);
    }

    /** The right side of a product: dense at an address, or 4-bit. */
    private record Right(long address, WeightRows fourBit, int columns, boolean transposed) {}

    /** A product's sizes and where its sides lie; {@code aStride} in elements. */
    private record Product(
            long a,
            int aStride,
            boolean transposeA,
            Right b,
            long c,
            int m,
            int n,
            int k,
            float alpha,
            boolean accumulate) {}

    void run(Op.MatMul op) {
        int m = op.c().rows();
        int n = op.c().columns();
        int k = op.transposeA() ? op.a().rows() : op.a().columns();
        long a = Memory.floats(op.a(), (long) m * k);
        long b = Memory.floats(op.b(), (long) n * k);
        long c = Memory.floats(op.c(), (long) m * n);
        if (!op.transposeA() && op.transposeB() && DotProducts.suits(m)) {
            dots.multiply(a, b, null, c, m, n, k, op.alpha(), op.accumulate());
            return;
        }
        Right right = new Right(b, null, op.transposeB() ? k : n, op.transposeB());
        multiply(new Product(
                a, op.transposeA() ? m : k, op.transposeA(), right, c, m, n, k, op.alpha(), op.accumulate()));
    }

    void run(Op.Linear op) {
        linear(op.x(), op.weight(), op.out(), true, op.accumulate());
    }

    void run(Op.LinearBackward op) {
        linear(op.dOut(), op.weight(), op.dX(), false, op.accumulate());
    }

    private void linear(Tensor x, Weight w, Tensor out, boolean transposeWeight, boolean accumulate) {
        int m = x.rows();
        int n = transposeWeight ? w.out() : w.in();
        int k = transposeWeight ? w.in() : w.out();
        long a = Memory.floats(x, (long) m * k);
        long c = Memory.floats(out, (long) m * n);
        WeightRows rows = WeightRows.of(w);
        if (transposeWeight && DotProducts.suits(m)) {
            dots.multiply(a, 0, rows, c, m, n, k, 1, accumulate);
            return;
        }
        Right right = new Right(0, rows, w.in(), transposeWeight);
        multiply(new Product(a, k, false, right, c, m, n, k, 1, accumulate));
    }

    private void multiply(Product p) {
        if (p.k == 0 && !p.accumulate) {
            Memory.zero(p.c, (long) p.m * p.n * 4);
        }
        for (int row = 0; row < p.m; row += ROWS) {
            int rows = Math.min(ROWS, p.m - row);
            for (int k = 0; k < p.k; k += DEPTH) {
                int depth = Math.min(DEPTH, p.k - k);
                packA(p, row, rows, k, depth);
                for (int column = 0; column < p.n; column += COLUMNS) {
                    int columns = Math.min(COLUMNS, p.n - column);
                    packB(p, column, columns, k, depth);
                    multiplyPanels(p, row, rows, column, columns, depth, p.accumulate || k > 0);
                }
            }
        }
    }

    private void packA(Product p, int row, int rows, int k, int depth) {
        int panels = Tile.rowPanels(rows);
        if (aPanels.length < panels * Tile.ROWS * depth) {
            aPanels = new float[panels * Tile.ROWS * DEPTH];
        }
        float[] to = aPanels;
        workers.parallelFor(Workers.tasks(panels, PACK_PANELS), (task, worker) -> {
            int end = Math.min(rows, (task + 1) * PACK_PANELS * Tile.ROWS);
            for (int i = task * PACK_PANELS * Tile.ROWS; i < end; i += Tile.ROWS) {
                int height = Math.min(Tile.ROWS, rows - i);
                long stride = p.aStride * 4L;
                if (p.transposeA) {
                    long from = p.a + k * stride + (row + i) * 4L;
                    PanelPacking.straight(from, stride, height, depth, Tile.ROWS, to, i * depth);
                } else {
                    long from = p.a + (row + i) * stride + k * 4L;
                    PanelPacking.transposed(
                            from, stride, height, depth, Tile.ROWS, to, i * depth, scratch[worker].between);
                }
            }
        });
    }

    private void packB(Product p, int column, int columns, int k, int depth) {
        int panels = Tile.columnPanels(columns);
        workers.parallelFor(Workers.tasks(panels, PACK_PANELS), (task, worker) -> {
            int end = Math.min(columns, (task + 1) * PACK_PANELS * Tile.COLUMNS);
            for (int j = task * PACK_PANELS * Tile.COLUMNS; j < end; j += Tile.COLUMNS) {
                int width = Math.min(Tile.COLUMNS, columns - j);
                packPanel(p.b, column + j, width, k, depth, j * depth, scratch[worker]);
            }
        });
    }

    private void packPanel(Right b, int column, int width, int k, int depth, int at, Scratch mine) {
        int row = b.transposed ? column : k;
        int rows = b.transposed ? width : depth;
        int from = b.transposed ? k : column;
        int length = b.transposed ? depth : width;
        long block;
        long stride;
        if (b.fourBit == null) {
            block = b.address + ((long) row * b.columns + from) * 4;
            stride = b.columns * 4L;
        } else {
            block = mine.floats((long) Tile.COLUMNS * DEPTH);
            stride = length * 4L;
            b.fourBit.widen(row, rows, from, length, block, mine);
        }
        if (b.transposed) {
            PanelPacking.transposed(block, stride, width, depth, Tile.COLUMNS, bPanels, at, mine.between);
        } else {
            PanelPacking.straight(block, stride, width, depth, Tile.COLUMNS, bPanels, at);
        }
    }

    private void multiplyPanels(Product p, int row, int rows, int column, int columns, int depth, boolean accumulate) {
        int across = Workers.tasks(columns, TASK_COLUMNS);
        int down = Workers.tasks(rows, TASK_ROWS);
        float[] a = aPanels;
        workers.parallelFor(across * down, (task, worker) -> {
            int i = task % down * TASK_ROWS;
            int j = task / down * TASK_COLUMNS;
            long corner = p.c + ((long) (row + i) * p.n + column + j) * 4;
            int height = Math.min(TASK_ROWS, rows - i);
            int width = Math.min(TASK_COLUMNS, columns - j);
            Tile.multiply(
                    a,
                    i * depth,
                    bPanels,
                    j * depth,
                    depth,
                    height,
                    width,
                    corner,
                    p.n * 4L,
                    p.alpha,
                    accumulate,
                    scratch[worker].tile);
        });
    }
}
