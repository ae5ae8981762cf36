package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.F32Tile;

/**
 * {@link BlockProducts} by machine code, of operands where they lie: scores as rows and turned, values and blocks of a cache as
 * matrices. Copied are queries that are scaled, keys in rows, which are turned, and columns that aren't a whole panel.
 */
final class PlacedBlockProducts implements BlockProducts {
    private static final int COLUMNS = F32Tile.COLUMNS;

    private final VectorF32 tile;
    private final Scratch scratch;

    PlacedBlockProducts(VectorF32 tile, Scratch scratch) {
        this.tile = tile;
        this.scratch = scratch;
    }

    @Override
    public void scores(AttentionBlock block, long rows, long rowStride, KeyColumns columns, float alpha, long scores) {
        int d = block.d();
        LeftPlace left = scratch.leftPlace;
        left.is(F32Tile.Left.ROWS, rows, rowStride);
        left.times(alpha, block.queries, d, scratch);
        PanelPlace panel = scratch.panelPlaces[0];
        for (int key = 0; key < block.keys; key += COLUMNS) {
            columns.place(block.firstKey + key, panel);
            multiply(left, block.queries, panel, d, COLUMNS, scores + key * 4L, block.stride, false);
        }
    }

    @Override
    public void mix(AttentionBlock block, long scores, ValueRows values, long out, long outStride) {
        PanelPlace panel = scratch.panelPlaces[0];
        LeftPlace left = scratch.leftPlace;
        for (int key = 0; key < block.keys; ) {
            int count = Math.min(values.together(block.firstKey + key), block.keys - key);
            left.is(F32Tile.Left.ROWS, scores + key * 4L, block.stride);
            for (int c = 0; c < block.d(); c += COLUMNS) {
                int width = Math.min(COLUMNS, block.d() - c);
                values.place(block.firstKey + key, count, c, width, panel);
                multiply(left, block.queries, panel, count, width, out + c * 4L, outStride, key > 0);
            }
            key += count;
        }
    }

    @Override
    public void spread(AttentionBlock block, long scores, long rows, long rowStride, long out, long outStride) {
        PanelPlace panel = scratch.panelPlaces[0];
        LeftPlace left = scratch.leftPlace;
        left.is(F32Tile.Left.COLUMNS, scores, block.stride);
        for (int c = 0; c < block.d(); c += COLUMNS) {
            int width = Math.min(COLUMNS, block.d() - c);
            panel.columns(rows + c * 4L, rowStride, block.queries, width, scratch);
            long to = out + block.firstKey * outStride + c * 4L;
            multiply(left, block.keys, panel, block.queries, width, to, outStride, true);
        }
    }

    private void multiply(
            LeftPlace left, int rows, PanelPlace panel, int depth, int columns, long c, long stride, boolean adds) {
        tile.multiply(left, 0, rows, panel, depth, columns, c, stride, adds, c + COLUMNS * 4L, scratch);
    }
}
