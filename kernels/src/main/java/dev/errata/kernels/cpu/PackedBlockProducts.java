package dev.errata.kernels.cpu;

/** {@link BlockProducts} by the Vector API, 256 keys at a time, through packed panels like those of {@link Gemm}. */
final class PackedBlockProducts implements BlockProducts {
    /** Keys that are packed at a time. */
    private static final int KEYS = 256;

    private final Scratch scratch;
    private float[] aPanels;
    private float[] bPanels;

    PackedBlockProducts(Scratch scratch) {
        this.scratch = scratch;
    }

    private void room(AttentionBlock block) {
        int depth = Math.max(KEYS, block.d());
        int rows = Math.max(AttentionBlock.QUERIES, block.queries);
        int wide = Math.max(rows, Tile.rowPanels(KEYS) * Tile.ROWS);
        aPanels = scratch.aPanels(Math.max(Tile.paddedRows(rows) * depth, wide * rows));
        bPanels = scratch.bPanels(Math.max(depth, block.queries) * Tile.columnPanels(depth) * Tile.COLUMNS);
    }

    /** The end of the run of keys that a key is in, as a column of the scores; at most all keys. */
    private static int runEnd(AttentionBlock block, int column) {
        return Math.min(block.keys, ((block.firstKey + column) / KEYS + 1) * KEYS - block.firstKey);
    }

    @Override
    public void scores(AttentionBlock block, long rows, long rowStride, KeyColumns columns, float alpha, long scores) {
        room(block);
        int d = block.d();
        for (int i = 0; i < block.queries; i += Tile.ROWS) {
            int height = Math.min(Tile.ROWS, block.queries - i);
            PanelPacking.transposed(
                    rows + i * rowStride, rowStride, height, d, Tile.height(height), aPanels, i * d, scratch.between);
        }
        PanelPacking.scale(aPanels, 0, Tile.paddedRows(block.queries) * d, alpha);
        for (int key = 0; key < block.keys; key = runEnd(block, key)) {
            int count = runEnd(block, key) - key;
            columns.columns(block.firstKey + key, count, bPanels);
            multiply(d, block.queries, count, scores + key * 4L, block.stride, false);
        }
    }

    @Override
    public void mix(AttentionBlock block, long scores, ValueRows values, long out, long outStride) {
        room(block);
        for (int key = 0; key < block.keys; key = runEnd(block, key)) {
            int depth = runEnd(block, key) - key;
            for (int i = 0; i < block.queries; i += Tile.ROWS) {
                int height = Math.min(Tile.ROWS, block.queries - i);
                long from = scores + i * block.stride + key * 4L;
                PanelPacking.transposed(
                        from, block.stride, height, depth, Tile.height(height), aPanels, i * depth, scratch.between);
            }
            values.rows(block.firstKey + key, depth, bPanels);
            multiply(depth, block.queries, block.d(), out, outStride, key > 0);
        }
    }

    @Override
    public void spread(AttentionBlock block, long scores, long rows, long rowStride, long out, long outStride) {
        room(block);
        int queries = block.queries;
        PackedRows.straight(rows, rowStride, block.d(), queries, bPanels);
        for (int key = 0; key < block.keys; key += KEYS) {
            int count = Math.min(KEYS, block.keys - key);
            for (int i = 0; i < count; i += Tile.ROWS) {
                int height = Math.min(Tile.ROWS, count - i);
                long from = scores + (key + i) * 4L;
                PanelPacking.straight(from, block.stride, height, queries, Tile.height(height), aPanels, i * queries);
            }
            multiply(queries, count, block.d(), out + (block.firstKey + key) * outStride, outStride, true);
        }
    }

    /** c [rows, columns] = (or +=) the product of what is packed. */
    private void multiply(int depth, int rows, int columns, long c, long cStride, boolean adds) {
        for (int j = 0; j < columns; j += Tile.COLUMNS) {
            scratch.right.inArray(bPanels, j * depth);
            int width = Math.min(Tile.COLUMNS, columns - j);
            Tile.multiply(
                    aPanels,
                    0,
                    Tile.ROWS * depth,
                    scratch.right,
                    depth,
                    rows,
                    width,
                    c + j * 4L,
                    cStride,
                    adds,
                    scratch);
        }
    }
}
