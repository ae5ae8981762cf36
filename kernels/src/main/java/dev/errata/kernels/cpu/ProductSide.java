package dev.errata.kernels.cpu;

/**
 * A right side [k, n] of an f32 product and its result [m, n] at c.
 *
 * @param first the number of its first panel among those of all right sides of the product
 */
record ProductSide(RightSide b, long c, int n, int first) {
    int panels() {
        return Tile.columnPanels(n);
    }

    /** Columns of a panel. */
    int columns(int panel) {
        return Math.min(Tile.COLUMNS, n - panel * Tile.COLUMNS);
    }
}
