package dev.errata.kernels.cpu;

/**
 * Products between a block of at most 48 queries of one head and the keys that they see, 256 keys at a time, through packed
 * panels like those of {@link Gemm}. A matrix of scores [queries, keys] has rows of {@link #stride} bytes.
 *
 * <p>A score is one FMA chain over the head's elements, the query's scaled first. What is mixed of the values is one over the
 * keys. So a query's bits don't depend on the block that it is in; {@link CachedRow} follows the same order.
 *
 * <p>A worker has one, for one block after another.
 */
final class AttentionBlock {
    static final int QUERIES = 48;

    /** Keys that are packed at a time. */
    static final int KEYS = 256;

    int queries;
    /** The first key of the scores' columns, counted from the segment's first: a multiple of {@link CacheBlocks#TOKENS}. */
    int firstKey;

    int keys;
    long stride;
    private final Scratch scratch;
    private HeadLayout layout;
    private int segment;
    private int firstQuery;
    private int d;
    private float[] aPanels;
    private float[] bPanels;

    AttentionBlock(Scratch scratch) {
        this.scratch = scratch;
    }

    /** Makes this the block of queries from one on. */
    AttentionBlock at(HeadLayout heads, int ofSegment, int query) {
        layout = heads;
        segment = ofSegment;
        firstQuery = query;
        d = layout.headDim;
        queries = Math.min(QUERIES, layout.queries(segment) - firstQuery);
        int seen = layout.firstKey(segment, firstQuery);
        firstKey = seen - seen % CacheBlocks.TOKENS;
        keys = layout.lastKey(segment, firstQuery + queries - 1) - firstKey + 1;
        stride = strideFor(keys);
        room();
        return this;
    }

    /** Makes this a block of any so many queries that see the same first keys of a segment. */
    AttentionBlock of(HeadLayout heads, int rows, int seenKeys, long rowStride) {
        d = heads.headDim;
        queries = rows;
        firstKey = 0;
        keys = seenKeys;
        stride = rowStride;
        room();
        return this;
    }

    private void room() {
        int depth = Math.max(KEYS, d);
        int wide = Math.max(QUERIES, Tile.rowPanels(KEYS) * Tile.ROWS);
        aPanels = scratch.aPanels(Math.max(QUERIES * depth, wide * QUERIES));
        bPanels = scratch.bPanels(depth * Tile.columnPanels(depth) * Tile.COLUMNS);
    }

    /** Bytes of a row of scores; one more vector, since exponentials are written in whole vectors. */
    static long strideFor(int keys) {
        return (Lanes.ceil(keys) + Lanes.COUNT) * 4L;
    }

    /** Columns of the scores that query i sees: from, inclusive. */
    int from(int i) {
        return layout.firstKey(segment, firstQuery + i) - firstKey;
    }

    /** Columns of the scores that query i sees: to, exclusive. */
    int to(int i) {
        return layout.lastKey(segment, firstQuery + i) - firstKey + 1;
    }

    long queryRow(int i) {
        return layout.queryRow(segment, firstQuery + i);
    }

    /** The end of the run of keys that a key is in, as a column of the scores; at most all keys. */
    private int runEnd(int column) {
        return Math.min(keys, ((firstKey + column) / KEYS + 1) * KEYS - firstKey);
    }

    /** scores = (alpha · rows) · columnsᵀ over the head's dimensions; rows of F32, one for each query. */
    void scores(long rows, long rowStride, KeyColumns columns, float alpha, long scores) {
        for (int i = 0; i < queries; i += Tile.ROWS) {
            int height = Math.min(Tile.ROWS, queries - i);
            PanelPacking.transposed(
                    rows + i * rowStride, rowStride, height, d, Tile.height(height), aPanels, i * d, scratch.between);
        }
        PanelPacking.scale(aPanels, 0, Tile.paddedRows(queries) * d, alpha);
        for (int key = 0; key < keys; key = runEnd(key)) {
            int count = runEnd(key) - key;
            columns.columns(firstKey + key, count, bPanels);
            multiply(d, queries, count, scores + key * 4L, stride, false);
        }
    }

    /** out = scores · values; out F32, a row for each query. */
    void mix(long scores, ValueRows values, long out, long outStride) {
        for (int key = 0; key < keys; key = runEnd(key)) {
            int depth = runEnd(key) - key;
            for (int i = 0; i < queries; i += Tile.ROWS) {
                int height = Math.min(Tile.ROWS, queries - i);
                long from = scores + i * stride + key * 4L;
                PanelPacking.transposed(
                        from, stride, height, depth, Tile.height(height), aPanels, i * depth, scratch.between);
            }
            values.rows(firstKey + key, depth, bPanels);
            multiply(depth, queries, d, out, outStride, key > 0);
        }
    }

    /** out += scoresᵀ · rows; rows F32, one for each query, out F32, one for each key of the segment. */
    void spread(long scores, long rows, long rowStride, long out, long outStride) {
        PackedRows.straight(rows, rowStride, d, queries, bPanels);
        for (int key = 0; key < keys; key += KEYS) {
            int count = Math.min(KEYS, keys - key);
            for (int i = 0; i < count; i += Tile.ROWS) {
                int height = Math.min(Tile.ROWS, count - i);
                long from = scores + (key + i) * 4L;
                PanelPacking.straight(from, stride, height, queries, Tile.height(height), aPanels, i * queries);
            }
            multiply(queries, count, d, out + (firstKey + key) * outStride, outStride, true);
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
