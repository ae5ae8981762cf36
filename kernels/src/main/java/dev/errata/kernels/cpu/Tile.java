package dev.errata.kernels.cpu;

import jdk.incubator.vector.FloatVector;

/** The block of a product that one call of the microkernel computes: its size, and how it gets from panels to memory. */
final class Tile {
    static final int ROWS = Lanes.COUNT == 16 ? 12 : 6;
    static final int COLUMNS = 2 * Lanes.COUNT;

    private Tile() {}

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
            for (int i = 0; i < rows; i += ROWS) {
                if (ROWS == 12) {
                    TwelveByTwo.multiply(a, aAt + i * depth, b, bAt + j * depth, depth, tile);
                } else {
                    SixByTwo.multiply(a, aAt + i * depth, b, bAt + j * depth, depth, tile);
                }
                long corner = c + i * stride + j * 4L;
                int height = Math.min(ROWS, rows - i);
                if (columns - j < COLUMNS) {
                    storeEdge(tile, corner, stride, height, columns - j, alpha, accumulate);
                } else if (accumulate) {
                    add(tile, corner, stride, height, alpha);
                } else {
                    store(tile, corner, stride, height, alpha);
                }
            }
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
