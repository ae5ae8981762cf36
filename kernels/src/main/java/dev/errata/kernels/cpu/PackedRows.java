package dev.errata.kernels.cpu;

/** Keys or values that lie in rows. */
record PackedRows(HeadRows rows, Scratch scratch) implements KeyColumns, ValueRows {
    private HeadRows floats(int key, int count) {
        return rows.from(key).floats(count, scratch.keys.floats((long) count * rows.width()));
    }

    @Override
    public void columns(int key, int count, float[] panels) {
        HeadRows from = floats(key, count);
        int d = rows.width();
        for (int j = 0; j < count; j += Tile.COLUMNS) {
            int width = Math.min(Tile.COLUMNS, count - j);
            PanelPacking.transposed(from.at(j), from.stride(), width, d, Tile.COLUMNS, panels, j * d, scratch.between);
        }
    }

    @Override
    public void rows(int key, int count, float[] panels) {
        HeadRows from = floats(key, count);
        straight(from, count, panels);
    }

    /** Panels [count][{@link Tile#COLUMNS}] of F32 rows. */
    static void straight(HeadRows from, int count, float[] panels) {
        for (int j = 0; j < from.width(); j += Tile.COLUMNS) {
            int width = Math.min(Tile.COLUMNS, from.width() - j);
            PanelPacking.straight(
                    from.address() + j * 4L, from.stride(), width, count, Tile.COLUMNS, panels, j * count);
        }
    }
}
