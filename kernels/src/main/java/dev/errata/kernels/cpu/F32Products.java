package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.F32Tile;

/**
 * Products by {@link VectorF32}, to {@link Gemm}'s bits. The left side is read where it lies. A task takes some panels of the
 * right side through a block of k, those that don't lie in memory once each, and goes through its rows in parts that a second cache
 * holds beside a panel.
 */
final class F32Products {
    /** Steps of k at most that panels are multiplied over at once. */
    private static final int DEPTH = 2048;
    /** Bytes of rows that are multiplied with one panel after another: they stay in second caches of 1 MiB. */
    private static final int CACHED_BYTES = 384 << 10;
    /** Panels at most that are multiplied with the same rows before the next ones come. */
    static final int PANELS = 8;

    private final VectorF32 tile;
    private final Workers workers;
    private final Scratch[] scratch;

    F32Products(VectorF32 tile, Workers workers, Scratch[] scratch) {
        this.tile = tile;
        this.workers = workers;
        this.scratch = scratch;
    }

    /** A product over {@code depth} steps from {@code from} on. */
    private record Part(LeftSide a, ProductSide[] sides, int from, int depth, boolean adds) {}

    /** c = (or +=) a · b for each side; {@code m}, {@code k} and the sides' columns are at least 1. */
    void multiply(LeftSide a, ProductSide[] sides, int m, int k, boolean accumulate) {
        ProductSide last = sides[sides.length - 1];
        int panels = last.first() + last.panels();
        int blocks = Math.ceilDiv(k, DEPTH);
        int block = Math.ceilDiv(Math.ceilDiv(k, blocks), PanelForm.STEP) * PanelForm.STEP;
        for (int from = 0; from < k; from += block) {
            Part part = new Part(a, sides, from, Math.min(block, k - from), accumulate || from > 0);
            TileTasks.run(
                    panels,
                    m,
                    VectorF32.ROWS,
                    m,
                    workers,
                    scratch,
                    (panel, end, row, rowEnd, mine) -> multiply(part, panel, end, row, rowEnd, mine));
        }
    }

    private void multiply(Part part, int panel, int panelEnd, int row, int rowEnd, Scratch mine) {
        for (ProductSide side : part.sides) {
            int end = Math.min(panelEnd - side.first(), side.panels());
            for (int j = Math.max(0, panel - side.first()); j < end; j += PANELS) {
                multiply(part, side, j, Math.min(end, j + PANELS), row, rowEnd, mine);
            }
        }
    }

    private void multiply(Part part, ProductSide side, int panel, int panelEnd, int row, int rowEnd, Scratch mine) {
        for (int j = panel; j < panelEnd; j++) {
            PanelPlace place = mine.panelPlaces[j - panel];
            if (!side.b().lies(j * Tile.COLUMNS, part.from, place)) {
                long floats = (long) part.depth * Tile.COLUMNS;
                long to = mine.panels(PANELS * floats) + (j - panel) * floats * 4;
                side.b().fill(j * Tile.COLUMNS, part.from, part.depth, to, mine);
                place.floats(to);
            }
        }
        int most = Math.max(1, CACHED_BYTES / (VectorF32.ROWS * 4 * part.depth)) * VectorF32.ROWS;
        for (int i = row; i < rowEnd; i += most) {
            int rows = Math.min(most, rowEnd - i);
            part.a.place(i, rows, part.from, part.depth, mine.leftPlace, mine);
            int first = rows == 1 ? multiplyRow(part, side, panel, panelEnd, i, mine) : panel;
            for (int j = first; j < panelEnd; j++) {
                long c = side.c() + ((long) i * side.n() + (long) j * Tile.COLUMNS) * 4;
                tile.multiply(
                        mine.leftPlace,
                        0,
                        rows,
                        mine.panelPlaces[j - panel],
                        part.depth,
                        side.columns(j),
                        c,
                        side.n() * 4L,
                        part.adds,
                        c + Tile.COLUMNS * 4L,
                        mine);
            }
        }
    }

    /**
     * One row by the whole panels, if all lie at equal distances and the row in one piece.
     *
     * @return the first panel that is left
     */
    private int multiplyRow(Part part, ProductSide side, int panel, int panelEnd, int row, Scratch mine) {
        int end = side.columns(panelEnd - 1) == Tile.COLUMNS ? panelEnd : panelEnd - 1;
        PanelPlace first = mine.panelPlaces[0];
        boolean together = mine.leftPlace.form() == F32Tile.Left.ROWS && first.form() != F32Tile.Right.MATRIX;
        if (end - panel < 2 || !together) {
            return panel;
        }
        long apart = mine.panelPlaces[1].address() - first.address();
        for (int j = 1; j < end - panel; j++) {
            PanelPlace place = mine.panelPlaces[j];
            if (place.form() != first.form() || place.address() != first.address() + j * apart) {
                return panel;
            }
        }
        long c = side.c() + ((long) row * side.n() + (long) panel * Tile.COLUMNS) * 4;
        tile.multiplyRow(mine.leftPlace.row(0), first, apart, end - panel, part.depth, c, part.adds);
        return end;
    }
}
