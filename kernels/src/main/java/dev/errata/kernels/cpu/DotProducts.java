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
            int end = Math.min(n, (task + 1) * TASK_COLUMNS);
            for (int j = task * TASK_COLUMNS; j < end; j += 4) {
                int rows = Math.min(4, n - j);
                long from = b + (long) j * k * 4;
                if (fourBit != null) {
                    from = scratch[worker].floats(4L * k);
                    fourBit.widen(j, rows, 0, k, from);
                }
                fourColumns(a, from, c + j * 4L, m, rows, n, k, alpha, accumulate, scratch[worker].lanes);
            }
        });
    }

    private static void fourColumns(
            long a, long b, long c, int m, int columns, int n, int k, float alpha, boolean accumulate, float[] lanes) {
        int whole = Lanes.floor(k);
        long stride = k * 4L;
        for (int i = 0; i < m; ) {
            int rows = m - i >= 4 ? 4 : 1;
            long left = a + i * stride;
            if (columns < 4) {
                rows = 1;
                for (int j = 0; j < columns; j++) {
                    DotKernel.oneByOne(left, b + j * stride, whole, lanes, j * Lanes.COUNT);
                }
            } else if (rows == 4) {
                DotKernel.fourByFour(left, stride, b, stride, whole, lanes);
            } else {
                DotKernel.oneByFour(left, b, stride, whole, lanes);
            }
            for (int r = 0; r < rows; r++) {
                for (int j = 0; j < columns; j++) {
                    float sum = Lanes.treeSum(lanes, (r * 4 + j) * Lanes.COUNT);
                    sum = DotKernel.tail(sum, left + r * stride, b + j * stride, whole, k);
                    long at = c + ((long) (i + r) * n + j) * 4;
                    Memory.set(at, accumulate ? Math.fma(sum, alpha, Memory.get(at)) : sum * alpha);
                }
            }
            i += rows;
        }
    }
}
