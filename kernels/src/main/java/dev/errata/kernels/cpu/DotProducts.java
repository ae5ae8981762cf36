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
    void multiply(long a, long b, FourBitRows fourBit, long c, int m, int n, int k, float alpha, boolean accumulate) {
        if (m == 0) {
            return;
        }
        workers.parallelFor(Workers.tasks(n, TASK_COLUMNS), (task, worker) -> {
            Scratch mine = scratch[worker];
            int end = Math.min(n, (task + 1) * TASK_COLUMNS);
            for (int j = task * TASK_COLUMNS; j < end; j += LaneSums.COUNT) {
                int columns = Math.min(LaneSums.COUNT, end - j);
                long from = b + (long) j * k * 4;
                if (fourBit != null) {
                    from = mine.floats((long) LaneSums.COUNT * k);
                    fourBit.widen(j, columns, 0, k, from);
                }
                Block block = new Block(a, from, c + j * 4L, m, columns, n, k, alpha, accumulate);
                int i = 0;
                for (; i + 4 <= m; i += 4) {
                    fourRows(block, i, mine);
                }
                for (; i < m; i++) {
                    oneRow(block, i, mine);
                }
            }
        });
    }

    /** c [m, columns] of row width n, from a [m, k] and at most 16 rows of B at b. */
    private record Block(long a, long b, long c, int m, int columns, int n, int k, float alpha, boolean accumulate) {
        void store(int i, int j, float lanesSum) {
            int whole = Lanes.floor(k);
            float sum = DotKernel.tail(lanesSum, a + (long) i * k * 4, b + (long) j * k * 4, whole, k);
            long at = c + ((long) i * n + j) * 4;
            Memory.set(at, accumulate ? Math.fma(sum, alpha, Memory.get(at)) : sum * alpha);
        }
    }

    private static void fourRows(Block block, int i, Scratch mine) {
        int whole = Lanes.floor(block.k);
        long stride = block.k * 4L;
        int j = 0;
        for (; j + 4 <= block.columns; j += 4) {
            DotKernel.fourByFour(block.a + i * stride, stride, block.b + j * stride, stride, whole, mine.lanes);
            LaneSums.sum(mine.lanes, mine.swapped, mine.between);
            for (int l = 0; l < LaneSums.COUNT; l++) {
                block.store(i + l / 4, j + l % 4, mine.lanes[l]);
            }
        }
        for (; j < block.columns; j++) {
            for (int row = i; row < i + 4; row++) {
                DotKernel.oneByOne(block.a + row * stride, block.b + j * stride, whole, mine.lanes, 0);
                block.store(row, j, Lanes.treeSum(mine.lanes, 0));
            }
        }
    }

    private static void oneRow(Block block, int i, Scratch mine) {
        int whole = Lanes.floor(block.k);
        long stride = block.k * 4L;
        long row = block.a + i * stride;
        int j = 0;
        for (; j + 4 <= block.columns; j += 4) {
            DotKernel.oneByFour(row, block.b + j * stride, stride, whole, mine.lanes, j * Lanes.COUNT);
        }
        for (; j < block.columns; j++) {
            DotKernel.oneByOne(row, block.b + j * stride, whole, mine.lanes, j * Lanes.COUNT);
        }
        LaneSums.sum(mine.lanes, mine.swapped, mine.between);
        for (int l = 0; l < block.columns; l++) {
            block.store(i, l, mine.lanes[l]);
        }
    }
}
