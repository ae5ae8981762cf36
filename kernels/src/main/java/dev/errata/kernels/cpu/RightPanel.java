package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;

/**
 * A panel [depth][{@link Tile#COLUMNS}] of the right side of a product: floats in an array, or F32 or BF16 elements of a dense
 * panel where they lie in memory. A worker has one, for one panel after another.
 */
final class RightPanel {
    private float[] array;
    private int at;
    private long address;
    /** Null where the panel is in the array. */
    private DType dtype;

    /** Whether there are innermost loops for panels of the type in memory. */
    static boolean canLie(DType dtype) {
        return Tile.ROWS == 12 && (dtype == DType.F32 || dtype == DType.BF16);
    }

    void inArray(float[] floats, int from) {
        array = floats;
        at = from;
        dtype = null;
    }

    /**
     * @param type one that {@link #canLie}
     */
    void inMemory(long from, DType type) {
        address = from;
        dtype = type;
    }

    /** c [Tile.ROWS][Tile.COLUMNS] = start + the product with a panel of A of as many rows. */
    void whole(float[] a, int aAt, int depth, float[] start, long c, long stride) {
        if (dtype == DType.F32) {
            TwelveByPanel.floats(a, aAt, address, depth, start, c, stride);
        } else if (dtype != null) {
            TwelveByPanel.halves(a, aAt, address, depth, start, c, stride);
        } else if (Tile.ROWS == 12) {
            TwelveByTwo.multiply(a, aAt, array, at, depth, start, c, stride);
        } else {
            SixByTwo.multiply(a, aAt, array, at, depth, start, c, stride);
        }
    }

    /** tile [height][Tile.COLUMNS] goes on with the product with a panel of A of that height, at most {@link Tile#FEW}. */
    void few(float[] a, int aAt, int height, int depth, float[] tile) {
        if (dtype == null) {
            Tile.one(a, aAt, height, array, at, depth, tile);
        } else if (height == 1) {
            DirectPanels.one(dtype == DType.F32, a, aAt, address, address, depth, tile);
        } else {
            DirectPanels.some(dtype == DType.F32, a, aAt, height, address, depth, tile, 0);
        }
    }
}
