package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.PanelOfRows;
import dev.errata.kernels.machine.Routine;

/** Keys, or values, of one segment and head that lie in rows, turned once for all products with them: panels [D][32], one after another. */
final class TurnedRows implements KeyColumns {
    private static final int COLUMNS = Tile.COLUMNS;

    private long panels;
    private int firstKey;
    private int d;

    /** Floats that so many keys take. */
    static long floats(int keys, int d) {
        return (long) Tile.columnPanels(keys) * COLUMNS * d;
    }

    /**
     * Turns {@code count} rows from a key on.
     *
     * @param to room for so many {@link #floats}
     */
    TurnedRows of(PackedRows rows, int key, int count, long to, Scratch mine) {
        panels = to;
        firstKey = key;
        d = rows.d();
        Routine machineCode = mine.machine == null || d % PanelOfRows.RUN != 0
                ? null
                : mine.machine.panelOfRows(PanelOfRows.Elements.WORDS);
        int whole = machineCode == null ? 0 : count / COLUMNS * COLUMNS;
        for (int i = 0; i < whole; i += COLUMNS) {
            long from = rows.floats(key + i, COLUMNS);
            long stride = rows.floatStride();
            machineCode.call(from, stride, from + COLUMNS / 2 * stride, panel(key + i), d / PanelOfRows.RUN, 0, 0, 0);
        }
        for (int i = whole; i < count; i += COLUMNS) {
            float[] panel = mine.bPanels(d * COLUMNS);
            rows.columns(key + i, Math.min(COLUMNS, count - i), panel);
            Memory.setFloats(panel(key + i), panel, 0, d * COLUMNS);
        }
        return this;
    }

    private long panel(int key) {
        return panels + (long) (key - firstKey) * d * 4;
    }

    @Override
    public void columns(int key, int count, float[] to) {
        Memory.getFloats(panel(key), to, 0, Tile.columnPanels(count) * COLUMNS * d);
    }

    @Override
    public void place(int key, PanelPlace place) {
        place.floats(panel(key));
    }
}
