package dev.errata.kernels.cpu;

import jdk.incubator.vector.FloatVector;

/** The block of a product that one call of the microkernel computes: its size, and how it gets from panels to memory. */
final class Tile {
    static final int ROWS = Lanes.COUNT == 16 ? 12 : 6;
    static final int COLUMNS = 2 * Lanes.COUNT;

    /** Rows up to which a product takes each panel of B through all of k at once. */
    static final int FEW = ROWS;

    private Tile() {}

    /** Rows that a panel of so many has room for: what there is an innermost loop for. */
    static int height(int rows) {
        if (rows <= 1) {
            return rows;
        }
        if (rows <= FourByTwo.ROWS) {
            return FourByTwo.ROWS;
        }
        return ROWS == 12 && rows <= EightByTwo.ROWS ? EightByTwo.ROWS : ROWS;
    }

    /** Whether {@link #few} goes on with tiles of so many rows; those of more begin anew. */
    static boolean goesOn(int height) {
        return height <= FourByTwo.ROWS;
    }

    /**
     * tiles [panels][height][COLUMNS] go on with a panel of A of that height and one or two of B, the other at
     * {@code second}; those of more than four rows begin anew.
     */
    static void few(
            float[] a, int aAt, int height, float[] b, int second, int panels, int depth, float[] tiles, float[] tile) {
        if (height == 1) {
            OneByFour.multiply(a, aAt, b, 0, panels == 2 ? second : 0, depth, tiles);
            return;
        }
        for (int panel = 0; panel < panels; panel++) {
            int at = panel * height * COLUMNS;
            System.arraycopy(tiles, at, tile, 0, height * COLUMNS);
            block(height, a, aAt, b, panel * second, depth, tile);
            System.arraycopy(tile, 0, tiles, at, height * COLUMNS);
        }
    }

    /** tile [height][COLUMNS] from a panel of A of that height; up to four rows go on with what is there, more begin anew. */
    private static void block(int height, float[] a, int aAt, float[] b, int bAt, int depth, float[] tile) {
        if (height == 1) {
            OneByFour.multiply(a, aAt, b, bAt, bAt, depth, tile);
        } else if (height == FourByTwo.ROWS) {
            FourByTwo.multiply(a, aAt, b, bAt, depth, tile);
        } else if (ROWS == 6) {
            SixByTwo.multiply(a, aAt, b, bAt, depth, tile);
        } else if (height == EightByTwo.ROWS) {
            EightByTwo.multiply(a, aAt, b, bAt, depth, tile);
        } else {
            TwelveByTwo.multiply(a, aAt, b, bAt, depth, tile);
        }
    }

    /** c [rows, columns] = (or +=) alpha · tiles, of one panel or two. */
    static void storeFew(
            float[] tiles,
            int height,
            long c,
            long stride,
            int rows,
            int columns,
            float alpha,
            boolean accumulate,
            float[] tile) {
        for (int j = 0; j < columns; j += COLUMNS) {
            System.arraycopy(tiles, j * height, tile, 0, height * COLUMNS);
            store(tile, c + j * 4L, stride, rows, Math.min(COLUMNS, columns - j), alpha, accumulate);
        }
    }

    static int rowPanels(int rows) {
        return (rows + ROWS - 1) / ROWS;
    }

    static int columnPanels(int columns) {
        return (columns + COLUMNS - 1) / COLUMNS;
    }

    /**
     * c [rows, columns] = (or +=) alpha · A · B for packed panels of A (rows) and B (columns), all of the same depth. The
     * rows of c are {@code stride} bytes apart.
     */
    static void multiply(
            float[] a,
            int aAt,
            float[] b,
            int bAt,
            int depth,
            int rows,
            int columns,
            long c,
            long stride,
            float alpha,
            boolean accumulate,
            float[] tile) {
        for (int j = 0; j < columns; j += COLUMNS) {
            int width = Math.min(COLUMNS, columns - j);
            for (int i = 0; i < rows; i += ROWS) {
                block(ROWS, a, aAt + i * depth, b, bAt + j * depth, depth, tile);
                int height = Math.min(ROWS, rows - i);
                store(tile, c + i * stride + j * 4L, stride, height, width, alpha, accumulate);
            }
        }
    }

    /** The same where the last panel of A has the {@link #height} of what is left of the rows. */
    static void multiplyRagged(
            float[] a,
            int aAt,
            float[] b,
            int bAt,
            int depth,
            int rows,
            int columns,
            long c,
            long stride,
            float alpha,
            boolean accumulate,
            float[] tile) {
        int whole = rows / ROWS * ROWS;
        multiply(a, aAt, b, bAt, depth, whole, columns, c, stride, alpha, accumulate, tile);
        for (int j = 0; j < columns && whole < rows; j += COLUMNS) {
            java.util.Arrays.fill(tile, 0, FourByTwo.ROWS * COLUMNS, 0f);
            block(height(rows - whole), a, aAt + whole * depth, b, bAt + j * depth, depth, tile);
            int width = Math.min(COLUMNS, columns - j);
            store(tile, c + whole * stride + j * 4L, stride, rows - whole, width, alpha, accumulate);
        }
    }

    private static void store(
            float[] tile, long c, long stride, int rows, int columns, float alpha, boolean accumulate) {
        if (columns < COLUMNS) {
            storeEdge(tile, c, stride, rows, columns, alpha, accumulate);
        } else if (accumulate) {
            add(tile, c, stride, rows, alpha);
        } else {
            store(tile, c, stride, rows, alpha);
        }
    }

    private static void add(float[] tile, long c, long stride, int rows, float alpha) {
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < COLUMNS; j += Lanes.COUNT) {
                long at = c + i * stride + j * 4L;
                FloatVector.fromArray(Lanes.SPECIES, tile, i * COLUMNS + j)
                        .fma(
                                FloatVector.broadcast(Lanes.SPECIES, alpha),
                                FloatVector.fromMemorySegment(Lanes.SPECIES, Memory.ALL, at, Lanes.ORDER))
                        .intoMemorySegment(Memory.ALL, at, Lanes.ORDER);
            }
        }
    }

    private static void store(float[] tile, long c, long stride, int rows, float alpha) {
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < COLUMNS; j += Lanes.COUNT) {
                FloatVector.fromArray(Lanes.SPECIES, tile, i * COLUMNS + j)
                        .mul(alpha)
                        .intoMemorySegment(Memory.ALL, c + i * stride + j * 4L, Lanes.ORDER);
            }
        }
    }

    private static void storeEdge(
            float[] tile, long c, long stride, int rows, int columns, float alpha, boolean accumulate) {
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                long at = c + i * stride + j * 4L;
                float sum = tile[i * COLUMNS + j];
                Memory.set(at, accumulate ? Math.fma(sum, alpha, Memory.get(at)) : sum * alpha);
            }
        }
    }
}
