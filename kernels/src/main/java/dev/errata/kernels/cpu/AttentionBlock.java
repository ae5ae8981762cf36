package dev.errata.kernels.cpu;

/**
 * Products between a block of at most 48 queries of one head and the keys that they see, 256 keys at a time, through packed
 * panels like those of {@link Gemm}. A matrix of scores [queries, keys] has rows of {@link #stride} bytes.
 */
final class AttentionBlock {
    static final int QUERIES = 48;
    private static final int KEYS = 256;

    final HeadLayout layout;
    final Scratch scratch;
    final int queries;
    final int firstKey;
    final int keys;
    final long stride;
    private final int segment;
    private final int firstQuery;
    private final long keyStart;
    private final float[] aPanels;
    private final float[] bPanels;

    AttentionBlock(HeadLayout layout, Scratch scratch, int segment, int firstQuery) {
        this.layout = layout;
        this.scratch = scratch;
        this.segment = segment;
        this.firstQuery = firstQuery;
        queries = Math.min(QUERIES, layout.queries(segment) - firstQuery);
        firstKey = layout.firstKey(segment, firstQuery);
        keys = layout.lastKey(segment, firstQuery + queries - 1) - firstKey + 1;
        keyStart = layout.keyRow(segment) + firstKey;
        stride = strideFor(keys);
        int depth = Math.max(KEYS, layout.headDim);
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

    private long queryAddress(long base, int head) {
        return base + queryRow(0) * layout.stride + layout.headOffset(head);
    }

    private long keyAddress(long base, int head, int key) {
        return base + (keyStart + key) * layout.keyStride + layout.keyHeadOffset(head);
    }

    /** scores = alpha · rows · columnsᵀ over the head's dimensions, rows like q and columns like k. */
    void scores(long rows, long columns, int head, float alpha, long scores) {
        int d = layout.headDim;
        for (int i = 0; i < queries; i += Tile.ROWS) {
            PanelPacking.transposed(
                    queryAddress(rows, head) + i * layout.stride,
                    layout.stride,
                    Math.min(Tile.ROWS, queries - i),
                    d,
                    Tile.ROWS,
                    aPanels,
                    i * d,
                    scratch.between);
        }
        for (int key = 0; key < keys; key += KEYS) {
            int count = Math.min(KEYS, keys - key);
            for (int j = 0; j < count; j += Tile.COLUMNS) {
                long from = keyAddress(columns, head, key + j);
                int width = Math.min(Tile.COLUMNS, count - j);
                PanelPacking.transposed(
                        from, layout.keyStride, width, d, Tile.COLUMNS, bPanels, j * d, scratch.between);
            }
            Tile.multiply(
                    aPanels, 0, bPanels, 0, d, queries, count, scores + key * 4L, stride, alpha, false, scratch.tile);
        }
    }

    /** out (like q) = scores · columns (like v). */
    void mix(long scores, long columns, int head, long out) {
        int d = layout.headDim;
        for (int key = 0; key < keys; key += KEYS) {
            int depth = Math.min(KEYS, keys - key);
            for (int i = 0; i < queries; i += Tile.ROWS) {
                int height = Math.min(Tile.ROWS, queries - i);
                long from = scores + i * stride + key * 4L;
                PanelPacking.transposed(from, stride, height, depth, Tile.ROWS, aPanels, i * depth, scratch.between);
            }
            packStraight(keyAddress(columns, head, key), layout.keyStride, depth);
            long corner = queryAddress(out, head);
            Tile.multiply(aPanels, 0, bPanels, 0, depth, queries, d, corner, layout.stride, 1, key > 0, scratch.tile);
        }
    }

    /** out (like k) += scoresᵀ · rows (like q). */
    void spread(long scores, long rows, int head, long out) {
        packStraight(queryAddress(rows, head), layout.stride, queries);
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
                    layout.headDim,
                    keyAddress(out, head, key),
                    layout.keyStride,
                    1,
                    true,
                    scratch.tile);
        }
    }

    private void packStraight(long source, long rowStride, int depth) {
        int d = layout.headDim;
        for (int j = 0; j < d; j += Tile.COLUMNS) {
            int width = Math.min(Tile.COLUMNS, d - j);
            PanelPacking.straight(source + j * 4L, rowStride, width, depth, Tile.COLUMNS, bPanels, j * depth);
        }
    }
}
