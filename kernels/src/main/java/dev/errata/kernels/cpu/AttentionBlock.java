package dev.errata.kernels.cpu;

/**
 * A block of at most 48 queries of one head with the keys that they see, and their {@link BlockProducts}. A matrix of scores [queries, keys]
 * has rows of {@link #stride} bytes. A query's bits don't depend on the block that it is in; {@link CachedRow} follows the same order.
 *
 * <p>A worker has one, for one block after another.
 */
final class AttentionBlock {
    static final int QUERIES = 48;

    int queries;
    /** The first key of the scores' columns, counted from the segment's first: a multiple of {@link CacheBlocks#TOKENS}. */
    int firstKey;

    int keys;
    long stride;
    private final BlockProducts products;
    private HeadLayout layout;
    private int segment;
    private int firstQuery;

    AttentionBlock(BlockProducts products) {
        this.products = products;
    }

    /** Elements of the head. */
    int d() {
        return layout.headDim;
    }

    /** Makes this the block of queries from one on. */
    AttentionBlock at(HeadLayout heads, int ofSegment, int query) {
        layout = heads;
        segment = ofSegment;
        firstQuery = query;
        queries = Math.min(QUERIES, layout.queries(segment) - firstQuery);
        int seen = layout.firstKey(segment, firstQuery);
        firstKey = seen - seen % CacheBlocks.TOKENS;
        keys = layout.lastKey(segment, firstQuery + queries - 1) - firstKey + 1;
        stride = strideFor(keys);
        return this;
    }

    /** Makes this a block of any so many queries that see the same first keys of a segment. */
    AttentionBlock of(HeadLayout heads, int rows, int seenKeys, long rowStride) {
        layout = heads;
        queries = rows;
        firstKey = 0;
        keys = seenKeys;
        stride = rowStride;
        return this;
    }

    /** Bytes of a row of scores: whole vectors and one more, since exponentials and products are written in whole vectors and panels. */
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

    /** {@link BlockProducts#scores}. */
    void scores(long rows, long rowStride, KeyColumns columns, float alpha, long scores) {
        products.scores(this, rows, rowStride, columns, alpha, scores);
    }

    /** {@link BlockProducts#mix}. */
    void mix(long scores, ValueRows values, long out, long outStride) {
        products.mix(this, scores, values, out, outStride);
    }

    /** {@link BlockProducts#spread}. */
    void spread(long scores, long rows, long rowStride, long out, long outStride) {
        products.spread(this, scores, rows, rowStride, out, outStride);
    }
}
