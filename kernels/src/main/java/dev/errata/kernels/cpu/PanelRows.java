package dev.errata.kernels.cpu;

/**
 * Reads rows out of panels: some inputs of a whole panel are widened, then the rows asked for are picked. A single row of
 * elements as they are is read as it lies.
 */
final class PanelRows implements WeightRows {
    /** Inputs that are widened at a time. */
    static final int STEPS = 64;

    private final PanelForm form;
    private final long base;

    PanelRows(PanelWeight weight) {
        form = weight.form();
        base = weight.base();
    }

    @Override
    public void widen(int row, int rows, int column, int columns, long to, Scratch mine) {
        if (rows == 1 && form instanceof DensePanels dense) {
            dense.output(base, row / Tile.COLUMNS, row % Tile.COLUMNS, column, columns, to);
            return;
        }
        int end = column + columns;
        for (int first = row; first < row + rows; ) {
            int panel = first / Tile.COLUMNS;
            int last = Math.min(row + rows, (panel + 1) * Tile.COLUMNS);
            for (int k = column / PanelForm.STEP * PanelForm.STEP; k < end; k += STEPS) {
                int stop = Math.min(end, k + STEPS);
                form.widen(base, panel, k, stop - k, mine.square, 0, mine);
                for (int r = first; r < last; r++) {
                    long at = to + ((long) (r - row) * columns - column) * 4;
                    pick(mine.square, r % Tile.COLUMNS - k * Tile.COLUMNS, Math.max(k, column), stop, at);
                }
            }
            first = last;
        }
    }

    private static void pick(float[] square, int at, int from, int to, long row) {
        for (int k = from; k < to; k++) {
            Memory.set(row + k * 4L, square[at + k * Tile.COLUMNS]);
        }
    }
}
