package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;

/** One segment's keys of one head in a cache, which are whole panels already. A worker has one, for one segment after another. */
final class CachedKeys implements KeyColumns {
    private final Scratch mine;
    private HeadLayout layout;
    private int segment;
    private int keyHead;

    CachedKeys(Scratch mine) {
        this.mine = mine;
    }

    /** Makes these the keys of a segment and head. */
    CachedKeys at(HeadLayout heads, int ofSegment, int ofHead) {
        layout = heads;
        segment = ofSegment;
        keyHead = ofHead;
        return this;
    }

    /** The F32 elements [D, T] of the block with the i-th run of keys, widened into scratch memory if need be. */
    long block(int i) {
        CacheBlocks blocks = layout.blocks;
        long at = layout.k + blocks.head(layout.block(segment, i), keyHead);
        if (blocks.dtype == DType.F32) {
            return at;
        }
        int elements = layout.headDim * blocks.tokens;
        long wide = mine.keys.floats(elements);
        HalfMath.widen(blocks.dtype, at, elements, wide);
        return wide;
    }

    @Override
    public void columns(int key, int count, float[] panels) {
        int tokens = layout.blocks.tokens;
        int d = layout.headDim;
        for (int from = key; from < key + count; ) {
            int place = from % tokens;
            int to = Math.min(key + count, from - place + tokens);
            long block = block(from / tokens);
            for (int j = from; j < to; j += Tile.COLUMNS) {
                PanelPacking.straight(
                        block + (j - from + place) * 4L,
                        tokens * 4L,
                        Tile.COLUMNS,
                        d,
                        Tile.COLUMNS,
                        panels,
                        (j - key) * d);
            }
            from = to;
        }
    }

    @Override
    public void place(int key, PanelPlace place) {
        int tokens = layout.blocks.tokens;
        place.matrix(block(key / tokens) + key % tokens * 4L, tokens * 4L);
    }
}
