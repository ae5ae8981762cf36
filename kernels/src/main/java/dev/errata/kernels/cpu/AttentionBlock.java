package dev.errata.kernels.cpu;

/**
 * Products between a block of at most 48 queries of one head and the keys that they see, 256 keys at a time, through packed
 * panels like those of {@link Gemm}. A matrix of scores [queries, keys] has rows of {@link #stride} bytes.
 *
 * <p>A score is one FMA chain over the head's elements. What is mixed of the values is a chain over the keys in each run of
 * {@link #KEYS}, counted from the segment's first key, and the runs are added one after another. So a query's bits don't
 * depend on the block that it is in; {@link CachedRow} follows the same order.
 *
 * <p>A worker has one, for one block after another.
 */
final class AttentionBlock {
    static final int QUERIES = 48;

    /** Keys whose products are summed in one chain. */
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
        int depth = Math.max(KEYS, d);
        int wide = Math.max(QUERIES, Tile.rowPanels(KEYS) * Tile.ROWS);
        aPanels = scratch.aPanels(Math.max(QUERIES * depth, wide * QUERIES));
        bPanels = scratch.bPanels(depth * Tile.columnPanels(depth) * Tile.COLUMNS);
        return this;
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

    /** scores = alpha · rows · columnsᵀ over the head's dimensions; rows of F32, one for each query. */
    void scores(long rows, long rowStride, KeyColumns columns, float alpha, long scores) {
        for (int i = 0; i < queries; i += Tile.ROWS) {
            int height = Math.min(Tile.ROWS, queries - i);
            PanelPacking.transposed(
                    rows + i * rowStride, rowStride, height, d, Tile.ROWS, aPanels, i * d, scratch.between);
        }
        for (int key = 0; key < keys; key = runEnd(key)) {
            int count = runEnd(key) - key;
            columns.columns(firstKey + key, count, bPanels);
            Tile.multiply(
                    aPanels, 0, bPanels, 0, d, queries, count, scores + key * 4L, stride, alpha, false, scratch.tile);
        }
    }

    /** out = scores · values; out F32, a row for each query. */
    void mix(long scores, ValueRows values, long out, long outStride) {
        for (int key = 0; key < keys; key = runEnd(key)) {
            int depth = runEnd(key) - key;
            for (int i = 0; i < queries; i += Tile.ROWS) {
                int height = Math.min(Tile.ROWS, queries - i);
                long from = scores + i * stride + key * 4L;
                PanelPacking.transposed(from, stride, height, depth, Tile.ROWS, aPanels, i * depth, scratch.between);
            }
            values.rows(firstKey + key, depth, bPanels);
            Tile.multiply(aPanels, 0, bPanels, 0, depth, queries, d, out, outStride, 1, key > 0, scratch.tile);
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
                PanelPacking.straight(from, stride, height, queries, Tile.ROWS, aPanels, i * queries);
            }
            Tile.multiply(
                    aPanels,
                    0,
                    bPanels,
                    0,
                    queries,
                    count,
                    d,
                    out + (firstKey + key) * outStride,
                    outStride,
                    1,
                    true,
                    scratch.tile);
        }
    }
}
