package dev.errata.kernels.cpu;

/**
 * Products of few rows with a transposed B, as in decoding: reads each row of B once, in place. Each element is the sum of
 * one FMA chain per vector lane, added in a fixed tree, then a chain over what is left; its bits don't depend on M, N or
 * threads.
 */
final class DotProducts {
    private static final int MOST_ROWS = 16;
    private static final int TASK_COLUMNS = 32;

    private final Workers workers;
    private final Scratch[] scratch;

    DotProducts(Workers workers, Scratch[] scratch) {
        this.workers = workers;
        this.scratch = scratch;
    }

    static boolean suits(int m) {
        return m <= MOST_ROWS;
    }

    /** c [m, n] = (or +=) alpha · a [m, k] · Bᵀ, with B [n, k] dense at b, or 4-bit. */
    void multiply(long a, long b, WeightRows fourBit, long c, int m, int n, int k, float alpha, boolean accumulate) {
        if (m == 0) {
            return;
        }
        Product product = new Product(a, c, n, k, alpha, accumulate);
        workers.parallelFor(Workers.tasks(n, TASK_COLUMNS), (task, worker) -> {
            Scratch mine = scratch[worker];
            int end = Math.min(n, (task + 1) * TASK_COLUMNS);
            for (int j = task * TASK_COLUMNS; j < end; j += LaneSums.COUNT) {
                int columns = Math.min(LaneSums.COUNT, end - j);
                long from = b + (long) j * k * 4;
                if (fourBit != null) {
                    from = mine.floats((long) LaneSums.COUNT * k);
                    fourBit.widen(j, columns, 0, k, from, mine);
                }
                int i = 0;
                for (; i + 4 <= m; i += 4) {
                    fourRows(product, i, j, columns, from, mine);
                }
                for (; i < m; i++) {
                    oneRow(product, i, j, columns, from, mine);
                }
            }
        });
    }

    /** c [m, n] = (or +=) alpha · a [m, k] · Bᵀ; where B's rows are is told to each call. */
    private record Product(long a, long c, int n, int k, float alpha, boolean accumulate) {
        /** Puts c[i, j], given its sum over whole vectors, and where row j of B is. */
        void store(int i, int j, long b, float wholeSum) {
            float sum = DotKernel.tail(wholeSum, a + (long) i * k * 4, b, Lanes.floor(k), k);
            long at = c + ((long) i * n + j) * 4;
            Memory.set(at, accumulate ? Math.fma(sum, alpha, Memory.get(at)) : sum * alpha);
        }
    }

    /** Rows i to i + 3 of c, columns j on, from rows of B at b. */
    private static void fourRows(Product p, int i, int j, int columns, long b, Scratch mine) {
        int whole = Lanes.floor(p.k);
        long stride = p.k * 4L;
        long rows = p.a + i * stride;
        int column = 0;
        for (; column + 4 <= columns; column += 4) {
            DotKernel.fourByFour(rows, stride, b + column * stride, stride, whole, mine.lanes);
            LaneSums.sum(mine.lanes, mine.swapped, mine.between);
            for (int l = 0; l < LaneSums.COUNT; l++) {
                int across = column + l % 4;
                p.store(i + l / 4, j + across, b + across * stride, mine.lanes[l]);
            }
        }
        for (; column < columns; column++) {
            for (int row = 0; row < 4; row++) {
                DotKernel.oneByOne(rows + row * stride, b + column * stride, whole, mine.lanes, 0);
                p.store(i + row, j + column, b + column * stride, Lanes.treeSum(mine.lanes, 0));
            }
        }
    }

    /** Row i of c, columns j on, from at most 16 rows of B at b. */
    private static void oneRow(Product p, int i, int j, int columns, long b, Scratch mine) {
        int whole = Lanes.floor(p.k);
        long stride = p.k * 4L;
        long row = p.a + i * stride;
        int column = 0;
        for (; column + 4 <= columns; column += 4) {
            DotKernel.oneByFour(row, b + column * stride, stride, whole, mine.lanes, column * Lanes.COUNT);
        }
        for (; column < columns; column++) {
            DotKernel.oneByOne(row, b + column * stride, whole, mine.lanes, column * Lanes.COUNT);
        }
        LaneSums.sum(mine.lanes, mine.swapped, mine.between);
        for (int l = 0; l < columns; l++) {
            p.store(i, j + l, b + l * stride, mine.lanes[l]);
        }
    }
}
