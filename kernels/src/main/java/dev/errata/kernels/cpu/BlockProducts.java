package dev.errata.kernels.cpu;

/**
 * The three products of a block of queries with the keys that they see. Both ways of computing them have the same bits: a score is one FMA
 * chain over the head's elements, the query's scaled first, what is mixed of the values one over the keys, and what is spread over the keys
 * one over the queries.
 */
interface BlockProducts {
    /**
     * scores = (alpha · rows) · columnsᵀ over the head's elements. Up to whole panels of columns are written.
     *
     * @param rows F32, one for each query
     */
    void scores(AttentionBlock block, long rows, long rowStride, KeyColumns columns, float alpha, long scores);

    /**
     * out = scores · values.
     *
     * @param out F32, a row for each query
     */
    void mix(AttentionBlock block, long scores, ValueRows values, long out, long outStride);

    /**
     * out += scoresᵀ · rows.
     *
     * @param rows F32, one for each query
     * @param out F32, one for each key of the segment
     */
    void spread(AttentionBlock block, long scores, long rows, long rowStride, long out, long outStride);
}
