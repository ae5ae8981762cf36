package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;

/** One segment's values of one head in a cache. A worker has one, for one segment after another. */
final class CachedValues implements ValueRows {
    private final Scratch mine;
    private HeadLayout layout;
    private int segment;
    private int keyHead;

    CachedValues(Scratch mine) {
        this.mine = mine;
    }

    /** Makes these the values of a segment and head. */
    CachedValues at(HeadLayout heads, int ofSegment, int ofHead) {
        layout = heads;
        segment = ofSegment;
        keyHead = ofHead;
        return this;
    }

    /**
     * The address of rows of {@code width} floats next to each other: {@code count} values from a key on, all in one block,
     * with zeros behind their D elements. Where they are F32 rows of that width, they are read as they lie.
     */
    long floats(int key, int count, int width) {
        CacheBlocks blocks = layout.blocks;
        int d = layout.headDim;
        long stride = (long) d * blocks.dtype.bytes();
        long at = layout.v
                + blocks.head(layout.block(segment, key / blocks.tokens), keyHead)
                + key % blocks.tokens * stride;
        if (blocks.dtype == DType.F32 && width == d) {
            return at;
        }
        long wide = mine.keys.floats((long) blocks.tokens * width);
        if (width == d) {
            HalfMath.widen(blocks.dtype, at, count * d, wide);
            return wide;
        }
        for (int i = 0; i < count; i++) {
            long row = wide + (long) i * width * 4;
            HalfMath.widen(blocks.dtype, at + i * stride, d, row);
            RowMath.fill(row + d * 4L, width - d, 0);
        }
        return wide;
    }

    @Override
    public void rows(int key, int count, float[] panels) {
        int tokens = layout.blocks.tokens;
        int d = layout.headDim;
        for (int from = key; from < key + count; ) {
            int to = Math.min(key + count, from - from % tokens + tokens);
            long rows = floats(from, to - from, d);
            for (int j = 0; j < d; j += Tile.COLUMNS) {
                PanelPacking.straight(
                        rows + j * 4L,
                        d * 4L,
                        Math.min(Tile.COLUMNS, d - j),
                        to - from,
                        Tile.COLUMNS,
                        panels,
                        j * count + (from - key) * Tile.COLUMNS);
            }
            from = to;
        }
    }

    @Override
    public int together(int key) {
        return layout.blocks.tokens - key % layout.blocks.tokens;
    }

    @Override
    public void place(int key, int count, int column, int width, PanelPlace place) {
        int d = layout.headDim;
        place.columns(floats(key, count, d) + column * 4L, d * 4L, count, width, mine);
    }
}
