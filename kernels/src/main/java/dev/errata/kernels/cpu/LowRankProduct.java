package dev.errata.kernels.cpu;

import dev.errata.tensor.MemoryPool;

/**
 * Products with a small right side, as with the matrices of a low-rank layer. All of it is packed before, so that each
 * panel of A can be packed, multiplied with every panel of B and forgotten while it lies in a core's first cache. In {@link
 * Gemm} a large A goes to memory in panels and back, for which few columns are no compensation. Machine code reads A where it
 * lies, and a B of rows too. Each element is summed as there, to the same bits.
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

    /**
     * Steps of k up to which all of B is multiplied with a tile's rows, and these are done, before the next rows come: what counts then is
     * how C is written, and so few rows of it stay in the first cache.
     */
    private static final int SHALLOW = 128;

    private static final int TASKS_PER_THREAD = 4;
    private static final int MOST_PANELS = 4;

    private final Workers workers;
    private final Scratch[] scratch;
    /** Null without machine code for f32. */
    private final VectorF32 machine;

    private float[] right = new float[0];
    private final Room machineRight;

    LowRankProduct(Workers workers, Scratch[] scratch, VectorF32 machine, MemoryPool pool) {
        this.workers = workers;
        this.scratch = scratch;
        this.machine = machine;
        machineRight = new Room("a small right side", pool);
    }

    /** Where C [m, n] goes, some rows at a time. */
    interface Result {
        /** The address of rows of n floats to write to, or to add to where the product does. */
        long rows(int row, int rows, Scratch mine);

        /** Said when the rows are whole. Others of the same left side may follow, so what was placed of it is left alone. */
        default void done(int row, int rows, long at, Scratch mine) {}
    }

    /** C in memory. */
    record Plain(long c, int n) implements Result {
        @Override
        public long rows(int row, int rows, Scratch mine) {
            return c + (long) row * n * 4;
        }
    }

    /** C of another type, rounded when all of k was summed. */
    record Rounded(Elements c, int n, boolean adds) implements Result {
        @Override
        public long rows(int row, int rows, Scratch mine) {
            long room = mine.rows((long) rows * n);
            if (adds) {
                c.copyRowsOut((long) row * n, n, rows, n, room, n * 4L, mine);
            }
            return room;
        }

        @Override
        public void done(int row, int rows, long at, Scratch mine) {
            c.storeRows(at, n * 4L, rows, n, (long) row * n, n, mine);
        }
    }

    /** Whether a product with [k, n] in memory is one for this class. */
    static boolean suits(int m, int n, int k) {
        return m >= LEAST_ROWS && (n <= NARROW || (k <= NARROW && (long) k * n <= PACKED));
    }

    /** Whether sums over so many steps are whole when rows are done for the first time. */
    static boolean isOnePart(int n, int k) {
        return k <= steps(n);
    }

    /** Steps of k that are packed of B at a time. */
    private static int steps(int n) {
        return Math.max(DEPTH, PACKED / (Tile.columnPanels(n) * Tile.COLUMNS) / DEPTH * DEPTH);
    }

    /** c = (or +=) a · b. */
    void multiply(LeftSide a, RightSide.Dense b, int m, int n, int k, Result c, boolean adds) {
        int steps = steps(n);
        for (int from = 0; from < k; from += steps) {
            Part part = new Part(a, b, m, n, from, Math.min(steps, k - from), c, adds || from > 0);
            if (machine == null) {
                pack(part);
                inTasks(part, this::multiply);
            } else {
                long packed = packForMachine(part);
                inTasks(part, (same, row, rows, mine) -> multiplyByMachine(same, packed, row, rows, mine));
            }
        }
    }

    private record Part(LeftSide a, RightSide.Dense b, int m, int n, int from, int depth, Result c, boolean adds) {
        int panels() {
            return Tile.columnPanels(n);
        }

        int columns(int panel) {
            return Math.min(Tile.COLUMNS, n - panel * Tile.COLUMNS);
        }
    }

    private void pack(Part part) {
        int panels = part.panels();
        int floats = panels * Tile.COLUMNS * part.depth;
        if (right.length < floats) {
            right = new float[floats];
        }
        workers.parallelFor(panels * Workers.tasks(part.depth, DEPTH), (task, worker) -> {
            int k = task / panels * DEPTH;
            int panel = task % panels;
            int steps = Math.min(DEPTH, part.depth - k);
            int at = at(panels, panel, k, steps);
            part.b.fill(panel * Tile.COLUMNS, part.from + k, steps, right, at, scratch[worker]);
        });
    }

    /** Where a panel lies: blocks of k one after another, in each its panels. */
    private static int at(int panels, int panel, int k, int steps) {
        return (k * panels + panel * steps) * Tile.COLUMNS;
    }

    @FunctionalInterface
    private interface Rows {
        void multiply(Part part, int row, int rows, Scratch mine);
    }

    private void inTasks(Part part, Rows body) {
        int panels = Tile.rowPanels(part.m);
        int each = Math.clamp(Math.ceilDiv(panels, TASKS_PER_THREAD * workers.count()), 1, MOST_PANELS);
        workers.parallelFor(Workers.tasks(panels, each), (task, worker) -> {
            int row = task * each * Tile.ROWS;
            body.multiply(part, row, Math.min(each * Tile.ROWS, part.m - row), scratch[worker]);
        });
    }

    private void multiply(Part part, int row, int rows, Scratch mine) {
        long c = part.c.rows(row, rows, mine);
        float[] left = mine.aPanels(MOST_PANELS * Tile.ROWS * DEPTH);
        for (int k = 0; k < part.depth; k += DEPTH) {
            int steps = Math.min(DEPTH, part.depth - k);
            part.a.pack(row, rows, part.from + k, steps, left, mine);
            for (int panel = 0; panel < part.panels(); panel++) {
                mine.right.inArray(right, at(part.panels(), panel, k, steps));
                Tile.multiply(
                        left,
                        0,
                        Tile.ROWS * steps,
                        mine.right,
                        steps,
                        rows,
                        part.columns(panel),
                        c + panel * (Tile.COLUMNS * 4L),
                        part.n * 4L,
                        part.adds || k > 0,
                        mine);
            }
        }
        part.c.done(row, rows, c, mine);
    }

    /** Packs panels that machine code can't read where they lie, each [depth][COLUMNS], to where all of them have room. */
    private long packForMachine(Part part) {
        long bytes = part.depth * (Tile.COLUMNS * 4L);
        long to = machineRight.floats(part.panels() * bytes / 4);
        int first = part.b.transposed() ? 0 : part.n / Tile.COLUMNS;
        workers.parallelFor(part.panels() - first, (task, worker) -> {
            int panel = first + task;
            part.b.fill(panel * Tile.COLUMNS, part.from, part.depth, to + panel * bytes, scratch[worker]);
        });
        return to;
    }

    private void multiplyByMachine(Part part, long packed, int row, int rows, Scratch mine) {
        LeftPlace left = mine.leftPlace;
        part.a.place(row, rows, part.from, part.depth, left, mine);
        int each = part.depth <= SHALLOW ? VectorF32.ROWS : rows;
        for (int i = 0; i < rows; i += each) {
            int count = Math.min(each, rows - i);
            long c = part.c.rows(row + i, count, mine);
            multiplyByMachine(part, packed, i, count, c, mine);
            part.c.done(row + i, count, c, mine);
        }
    }

    /** Rows of what was placed of A, from {@code first} on, by all panels. */
    private void multiplyByMachine(Part part, long packed, int first, int rows, long c, Scratch mine) {
        PanelPlace panel = mine.panelPlaces[0];
        for (int j = 0; j < part.panels(); j++) {
            int column = j * Tile.COLUMNS;
            if (!part.b.lies(column, part.from, panel)) {
                panel.floats(packed + (long) j * part.depth * (Tile.COLUMNS * 4L));
            }
            machine.multiply(
                    mine.leftPlace,
                    first,
                    rows,
                    panel,
                    part.depth,
                    part.columns(j),
                    c + column * 4L,
                    part.n * 4L,
                    part.adds,
                    c + (column + Tile.COLUMNS) * 4L,
                    mine);
        }
    }
}
