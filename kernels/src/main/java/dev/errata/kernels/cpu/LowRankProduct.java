package dev.errata.kernels.cpu;

/**
 * Products with a small right side, as with the matrices of a low-rank layer. All of it is packed before, so that each
 * panel of A can be packed, multiplied with every panel of B and forgotten while it lies in a core's first cache. In {@link
 * Gemm} a large A goes to memory in panels and back, for which few columns are no compensation. Each element is summed as
 * there, to the same bits.
 */
final class LowRankProduct {
    /** Steps of k of a panel of A. */
    private static final int DEPTH = 256;
    /** Floats of B that are packed at a time: 1 MiB, which second caches hold. */
    private static final int PACKED = 1 << 18;
    /** The smaller side of a B that is taken for small. */
    private static final int NARROW = 128;
    /** Rows from which packing B before pays. */
    private static final int LEAST_ROWS = 8 * Tile.ROWS;

    private static final int TASKS_PER_THREAD = 8;
    private static final int MOST_PANELS = 4;

    private final Workers workers;
    private final Scratch[] scratch;
    private float[] right = new float[0];

    LowRankProduct(Workers workers, Scratch[] scratch) {
        this.workers = workers;
        this.scratch = scratch;
    }

    /** The left side A [m, k]. */
    interface Left {
        /** Packs rows into panels at to[0…], each [depth][Tile.ROWS], the last of the {@link Tile#height} of what is left. */
        default void pack(int row, int rows, int k, int depth, float[] to, Scratch mine) {
            for (int i = 0; i < rows; i += Tile.ROWS) {
                pack(row + i, Math.min(Tile.ROWS, rows - i), k, depth, to, i * depth, mine);
            }
        }

        /** The same for one panel, at to[at…]. */
        void pack(int row, int rows, int k, int depth, float[] to, int at, Scratch mine);
    }

    /** Where C [m, n] goes, some rows at a time. */
    interface Result {
        /** The address of rows of n floats to write to, or to add to where the product does. */
        long rows(int row, int rows, Scratch mine);

        /** Said when the rows are whole. */
        default void done(int row, int rows, long at, Scratch mine) {}
    }

    /** C in memory. */
    record Plain(long c, int n) implements Result {
        @Override
        public long rows(int row, int rows, Scratch mine) {
            return c + (long) row * n * 4;
        }
    }

    /** A [m, k] in memory, rows {@code stride} elements apart. */
    record Stored(long a, int stride) implements Left {
        @Override
        public void pack(int row, int rows, int k, int depth, float[] to, int at, Scratch mine) {
            long from = a + ((long) row * stride + k) * 4;
            PanelPacking.transposed(from, stride * 4L, rows, depth, Tile.height(rows), to, at, mine.between);
        }
    }

    /** A as [k, m] in memory, rows {@code stride} elements apart. Panels side by side are read together, as each cuts cache lines. */
    record Transposed(long a, int stride) implements Left {
        @Override
        public void pack(int row, int rows, int k, int depth, float[] to, Scratch mine) {
            int together = rows / Tile.ROWS;
            long from = a + ((long) k * stride + row) * 4;
            PanelPacking.sideBySide(from, stride * 4L, together, depth, to);
            int done = together * Tile.ROWS;
            if (done < rows) {
                pack(row + done, rows - done, k, depth, to, done * depth, mine);
            }
        }

        @Override
        public void pack(int row, int rows, int k, int depth, float[] to, int at, Scratch mine) {
            long from = a + ((long) k * stride + row) * 4;
            PanelPacking.straight(from, stride * 4L, rows, depth, Tile.height(rows), to, at);
        }
    }

    /** Whether a product with [k, n] in memory is one for this class. */
    static boolean suits(int m, int n, int k) {
        return m >= LEAST_ROWS && (n <= NARROW || (k <= NARROW && (long) k * n <= PACKED));
    }

    /** c = (or +=) alpha · a · b. */
    void multiply(Left a, RightSide.Dense b, int m, int n, int k, float alpha, Result c, boolean adds) {
        int panels = Tile.columnPanels(n);
        int part = Math.max(DEPTH, PACKED / (panels * Tile.COLUMNS) / DEPTH * DEPTH);
        for (int from = 0; from < k; from += part) {
            int depth = Math.min(part, k - from);
            pack(b, panels, from, depth);
            multiply(new Part(a, m, n, from, depth, alpha, c, adds || from > 0));
        }
    }

    private record Part(Left a, int m, int n, int from, int depth, float alpha, Result c, boolean adds) {}

    private void pack(RightSide.Dense b, int panels, int from, int depth) {
        int floats = panels * Tile.COLUMNS * depth;
        if (right.length < floats) {
            right = new float[floats];
        }
        workers.parallelFor(panels * Workers.tasks(depth, DEPTH), (task, worker) -> {
            int k = task / panels * DEPTH;
            int panel = task % panels;
            int steps = Math.min(DEPTH, depth - k);
            b.fill(panel * Tile.COLUMNS, from + k, steps, right, at(panels, panel, k, steps), scratch[worker]);
        });
    }

    /** Where a panel lies: blocks of k one after another, in each its panels. */
    private static int at(int panels, int panel, int k, int steps) {
        return (k * panels + panel * steps) * Tile.COLUMNS;
    }

    private void multiply(Part part) {
        int panels = Tile.rowPanels(part.m);
        int each = Math.clamp(panels / (TASKS_PER_THREAD * workers.count()), 1, MOST_PANELS);
        workers.parallelFor(Workers.tasks(panels, each), (task, worker) -> {
            int row = task * each * Tile.ROWS;
            multiply(part, row, Math.min(each * Tile.ROWS, part.m - row), scratch[worker]);
        });
    }

    private void multiply(Part part, int row, int rows, Scratch mine) {
        int panels = Tile.columnPanels(part.n);
        long c = part.c.rows(row, rows, mine);
        float[] left = mine.aPanels(MOST_PANELS * Tile.ROWS * DEPTH);
        for (int k = 0; k < part.depth; k += DEPTH) {
            int steps = Math.min(DEPTH, part.depth - k);
            part.a.pack(row, rows, part.from + k, steps, left, mine);
            PanelPacking.scale(left, 0, Tile.paddedRows(rows) * steps, part.alpha);
            for (int panel = 0; panel < panels; panel++) {
                int column = panel * Tile.COLUMNS;
                mine.right.inArray(right, at(panels, panel, k, steps));
                Tile.multiply(
                        left,
                        0,
                        Tile.ROWS * steps,
                        mine.right,
                        steps,
                        rows,
                        Math.min(Tile.COLUMNS, part.n - column),
                        c + column * 4L,
                        part.n * 4L,
                        part.adds || k > 0,
                        mine);
            }
        }
        part.c.done(row, rows, c, mine);
    }
}
