package dev.errata.kernels.cpu;

/** One segment's values of one head in a cache. */
record CachedValues(HeadLayout layout, int segment, int keyHead, Scratch scratch) implements ValueRows {
    /** The rows from a key to the end of its block, as they lie there. */
    HeadRows stored(int key) {
        CacheBlocks blocks = layout.blocks;
        int d = layout.headDim;
        long stride = (long) d * blocks.dtype.bytes();
        long block = layout.v + blocks.head(layout.block(segment, key / blocks.tokens), keyHead);
        return new HeadRows(block + key % blocks.tokens * stride, stride, blocks.dtype, d);
    }

    @Override
    public void rows(int key, int count, float[] panels) {
        int tokens = layout.blocks.tokens;
        int d = layout.headDim;
        for (int from = key; from < key + count; ) {
            int to = Math.min(key + count, from - from % tokens + tokens);
            HeadRows rows = stored(from).floats(to - from, scratch.keys.floats((long) tokens * d));
            for (int j = 0; j < d; j += Tile.COLUMNS) {
                PanelPacking.straight(
                        rows.address() + j * 4L,
                        rows.stride(),
                        Math.min(Tile.COLUMNS, d - j),
                        to - from,
                        Tile.COLUMNS,
                        panels,
                        j * count + (from - key) * Tile.COLUMNS);
            }
            from = to;
        }
    }
}
