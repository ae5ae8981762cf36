package dev.errata.kernels.cpu;

import dev.errata.tensor.MemoryPool;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import java.util.Arrays;

/**
 * Matrix products over panels (Goto and van de Geijn 2008). Each element of C is a sum over blocks of 256 k, each block one
 * FMA chain in increasing k, so its bits depend on neither M, N, threads, vector width nor the form of a weight: a row has
 * the same bits alone and among others.
 */
final class Gemm {
    private static final int DEPTH = 256;
    /** Floats of A that are packed at a time. */
    private static final int PACKED = 1 << 21;
    /** Rows of A over a block of k that stay in a core's cache while panels of B pass by. */
    private static final int CACHED_ROWS = 20 * Tile.ROWS;
    /** Panels of B that a task has ready at a time. */
    private static final int PANELS = 8;
    private static final int PACK_PANELS = 4;
    private static final int TASKS_PER_THREAD = 4;

    private final Workers workers;
    private final Scratch[] scratch;
    private final WideOperands wide;
    private float[] packed = new float[0];

    Gemm(Workers workers, Scratch[] scratch, MemoryPool workRoom) {
        this.workers = workers;
        this.scratch = scratch;
        this.wide = new WideOperands(workers, workRoom);
    }

    /** A product's sizes and sides; A is [m, k] at a, or [k, m] if transposed, rows {@code stride} elements apart. */
    private record Product(
            long a,
            int stride,
            boolean transposeA,
            RightSide b,
            long c,
            int m,
            int n,
            int k,
            float alpha,
            boolean accumulate) {}

    /** Rows {@code row} on and k {@code from} on, of which A is packed: panels of {@code height} rows, the last of less. */
    private record Part(Product p, int row, int rows, int from, int depth) {
        int panels() {
            return Tile.rowPanels(rows);
        }

        /** Where a panel lies from a block of k on: blocks one after another, in each its panels. */
        int at(int panel, int k) {
            int blockDepth = Math.min(DEPTH, depth - k);
            return k * packedRows() + panel * Tile.ROWS * blockDepth;
        }

        int packedRows() {
            return (panels() - 1) * Tile.ROWS + Tile.height(rows - (panels() - 1) * Tile.ROWS);
        }

        boolean adds() {
            return p.accumulate || from > 0;
        }
    }

    /** Some rows of A and C at a time, or where A is transposed some of A and B, so that what is widened stays small. */
    void run(Op.MatMul op) {
        Tensor a = op.a();
        Tensor b = op.b();
        Tensor c = op.c();
        int m = c.rows();
        int n = c.columns();
        int k = op.transposeA() ? a.rows() : a.columns();
        require(op, m, n, k);
        if (!op.transposeA()) {
            long right = wide.right(b, 0, b.rows());
            RightSide side = new RightSide.Dense(right, op.transposeB() ? k : n, op.transposeB(), n);
            int rows = WideOperands.rowsAtATime(a, c);
            for (int row = 0; row < m; row += rows) {
                int count = Math.min(rows, m - row);
                long left = wide.left(a, row, count);
                long out = wide.output(c, row, count, op.accumulate());
                multiply(new Product(left, k, false, side, out, count, n, k, op.alpha(), op.accumulate()));
                wide.store(c, row, count);
            }
            return;
        }
        long out = wide.output(c, 0, m, op.accumulate());
        int depth = op.transposeB() ? Math.max(1, k) : WideOperands.rowsAtATime(a, b);
        for (int from = 0; from == 0 || from < k; from += depth) {
            int count = Math.min(depth, k - from);
            long left = wide.left(a, from, count);
            long right = op.transposeB() ? wide.right(b, 0, n) : wide.right(b, from, count);
            RightSide side = new RightSide.Dense(right, op.transposeB() ? k : n, op.transposeB(), n);
            boolean adds = op.accumulate() || from > 0;
            multiply(new Product(left, m, true, side, out, m, n, count, op.alpha(), adds));
        }
        wide.store(c, 0, m);
    }

    private static void require(Op.MatMul op, int m, int n, int k) {
        boolean fits = op.a().columns() == (op.transposeA() ? m : k)
                && op.a().rows() == (op.transposeA() ? k : m)
                && op.b().rows() == (op.transposeB() ? n : k)
                && op.b().columns() == (op.transposeB() ? k : n);
        if (!fits) {
            throw new IllegalArgumentException("a product of matrices that don't go together: " + op);
        }
    }

    void run(Op.Linear op) {
        Weight w = op.weight();
        linear(op.x(), w.in(), right(w, true), op.out(), w.out(), op.accumulate());
    }

    void run(Op.LinearBackward op) {
        Weight w = op.weight();
        linear(op.dOut(), w.out(), right(w, false), op.dX(), w.in(), op.accumulate());
    }

    private static RightSide right(Weight weight, boolean transposed) {
        int columns = transposed ? weight.out() : weight.in();
        if (weight instanceof PanelWeight w) {
            return transposed
                    ? new RightSide.Panels(w.form(), w.base())
                    : new RightSide.TurnedPanels(w.form(), w.base(), w.in());
        }
        return new RightSide.Stored(WeightRows.of(weight), transposed, columns);
    }

    /** Rows at a time, so that what is widened of bf16 activations stays small. */
    private void linear(Tensor x, int k, RightSide b, Tensor out, int n, boolean accumulate) {
        int m = x.rows();
        if (x.columns() != k || out.rows() != m || out.columns() != n) {
            throw new IllegalArgumentException("a product of " + x + " with [" + k + ", " + n + "] is not " + out);
        }
        int rows = WideOperands.rowsAtATime(x, out);
        for (int row = 0; row < m; row += rows) {
            int count = Math.min(rows, m - row);
            long a = wide.left(x, row, count);
            long c = wide.output(out, row, count, accumulate);
            multiply(new Product(a, k, false, b, c, count, n, k, 1, accumulate));
            wide.store(out, row, count);
        }
    }

    private void multiply(Product p) {
        if (p.m == 0 || p.n == 0) {
            return;
        }
        if (p.k == 0) {
            if (!p.accumulate) {
                Memory.zero(p.c, (long) p.m * p.n * 4);
            }
            return;
        }
        int most = Math.max(Tile.ROWS, PACKED / DEPTH / Tile.ROWS * Tile.ROWS);
        for (int row = 0; row < p.m; row += most) {
            int rows = Math.min(most, p.m - row);
            int depth = Math.max(DEPTH, PACKED / rows / DEPTH * DEPTH);
            for (int k = 0; k < p.k; k += depth) {
                Part part = new Part(p, row, rows, k, Math.min(depth, p.k - k));
                pack(part);
                if (rows <= Tile.FEW) {
                    multiplyFew(part);
                } else {
                    multiply(part);
                }
            }
        }
    }

    private void pack(Part part) {
        long floats = (long) part.packedRows() * part.depth;
        if (packed.length < floats) {
            packed = new float[Math.toIntExact(floats)];
        }
        int groups = Workers.tasks(part.panels(), PACK_PANELS);
        int blocks = Workers.tasks(part.depth, DEPTH);
        if (part.rows == 1) {
            packRow(part);
            return;
        }
        workers.parallelFor(groups * blocks, (task, worker) -> {
            int k = task / groups * DEPTH;
            int first = task % groups * PACK_PANELS;
            int end = Math.min(part.panels(), first + PACK_PANELS);
            for (int panel = first; panel < end; panel++) {
                packPanel(part, panel, k, scratch[worker]);
            }
        });
    }

    private void packRow(Part part) {
        Product p = part.p;
        if (p.transposeA) {
            for (int k = 0; k < part.depth; k++) {
                packed[k] = Memory.get(p.a + ((long) (part.from + k) * p.stride + part.row) * 4);
            }
        } else {
            Memory.getFloats(p.a + ((long) part.row * p.stride + part.from) * 4, packed, part.depth);
        }
    }

    private void packPanel(Part part, int panel, int k, Scratch mine) {
        Product p = part.p;
        int depth = Math.min(DEPTH, part.depth - k);
        int first = panel * Tile.ROWS;
        int used = Math.min(Tile.ROWS, part.rows - first);
        int height = Tile.height(used);
        long row = (long) part.row + first;
        long from = (long) part.from + k;
        int to = part.at(panel, k);
        if (p.transposeA) {
            PanelPacking.straight(p.a + (from * p.stride + row) * 4, p.stride * 4L, used, depth, height, packed, to);
        } else {
            PanelPacking.transposed(
                    p.a + (row * p.stride + from) * 4, p.stride * 4L, used, depth, height, packed, to, mine.between);
        }
    }

    /** Each task takes some panels of B through all of k, and all rows or a share of them. */
    private void multiply(Part part) {
        Product p = part.p;
        int panels = Tile.columnPanels(p.n);
        int wanted = TASKS_PER_THREAD * workers.count();
        int group = Math.clamp(panels / wanted, 1, PANELS);
        int groups = Workers.tasks(panels, group);
        int shares = Math.clamp(wanted / groups, 1, Math.max(1, part.panels() / 4));
        int share = Workers.tasks(part.panels(), shares) * Tile.ROWS;
        int down = Workers.tasks(part.rows, share);
        workers.parallelFor(groups * down, (task, worker) -> {
            int row = task % down * share;
            int panel = task / down * group;
            multiply(
                    part,
                    row,
                    Math.min(part.rows, row + share),
                    panel,
                    Math.min(panels, panel + group),
                    scratch[worker]);
        });
    }

    private void multiply(Part part, int row, int rowEnd, int panel, int panelEnd, Scratch mine) {
        Product p = part.p;
        float[] b = mine.bPanels(PANELS * DEPTH * Tile.COLUMNS + RightSide.OVERRUN);
        for (int k = 0; k < part.depth; k += DEPTH) {
            int depth = Math.min(DEPTH, part.depth - k);
            for (int j = panel; j < panelEnd; j++) {
                p.b.fill(j * Tile.COLUMNS, part.from + k, depth, b, (j - panel) * depth * Tile.COLUMNS, mine);
            }
            int column = panel * Tile.COLUMNS;
            int columns = Math.min(p.n, panelEnd * Tile.COLUMNS) - column;
            for (int i = row; i < rowEnd; i += CACHED_ROWS) {
                int rows = Math.min(CACHED_ROWS, rowEnd - i);
                long corner = p.c + ((long) (part.row + i) * p.n + column) * 4;
                int a = part.at(i / Tile.ROWS, k);
                boolean adds = part.adds() || k > 0;
                Tile.multiplyRagged(packed, a, b, 0, depth, rows, columns, corner, p.n * 4L, p.alpha, adds, mine.tile);
            }
        }
    }

    /** Rows of one panel of A: each task takes its panels of B through all of k, a group at a time. */
    private void multiplyFew(Part part) {
        int panels = Tile.columnPanels(part.p.n);
        int group = part.p.b.group();
        int groups = Workers.tasks(panels, group);
        int share = Math.clamp(groups / (TASKS_PER_THREAD * workers.count()), 1, PANELS / group) * group;
        workers.parallelFor(Workers.tasks(panels, share), (task, worker) -> {
            int end = Math.min(panels, (task + 1) * share);
            for (int panel = task * share; panel < end; panel += group) {
                multiplyFew(part, panel, Math.min(group, end - panel), scratch[worker]);
            }
        });
    }

    private void multiplyFew(Part part, int panel, int panels, Scratch mine) {
        Product p = part.p;
        int height = Tile.height(part.rows);
        float[] tiles = mine.fewTiles;
        for (int k = 0; k < part.depth; k += DEPTH) {
            int depth = Math.min(DEPTH, part.depth - k);
            Arrays.fill(tiles, 0, panels * height * Tile.COLUMNS, 0f);
            p.b.multiply(packed, k * height, height, panel, panels, part.from + k, depth, tiles, mine);
            long corner = p.c + ((long) part.row * p.n + (long) panel * Tile.COLUMNS) * 4;
            int columns = Math.min(panels * Tile.COLUMNS, p.n - panel * Tile.COLUMNS);
            Tile.storeFew(
                    tiles, height, corner, p.n * 4L, part.rows, columns, p.alpha, part.adds() || k > 0, mine.tile);
        }
    }
}
