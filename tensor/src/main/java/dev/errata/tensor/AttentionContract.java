package dev.errata.tensor;

/** What the operands of attention must be for each other; a broken contract is an error before anything runs. */
final class AttentionContract {
    private AttentionContract() {}

    static void require(
            Tensor q,
            Tensor k,
            Tensor v,
            Segments segments,
            int headDim,
            int window,
            float softCap,
            Tensor out,
            Tensor lse) {
        heads(q, k, headDim);
        require(isFloat(q) && isFloat(out), "queries and output of F32 or BF16, not", q, out);
        require(isFloat(k) && k.dtype() == v.dtype(), "keys and values of one type, F32 or BF16, not", k, v);
        require(v.shape().equals(k.shape()), "values like the keys, not", k, v);
        require(out.shape().equals(q.shape()), "an output like the queries, not", q, out);
        require(
                lse.dtype() == DType.F32 && lse.rows() == q.rows() && lse.columns() == q.columns() / headDim,
                "an F32 sum for each query and head, not",
                q,
                lse);
        if (window < 0 || !(softCap >= 0) || Float.isInfinite(softCap)) {
            throw new IllegalArgumentException("attention with window " + window + " and soft cap " + softCap);
        }
        if (segments.queryRows() > q.rows() || segments.keyRows() > k.rows()) {
            throw new IllegalArgumentException("segments of " + segments.queryRows() + " queries and "
                    + segments.keyRows() + " keys reach beyond " + q + " and " + k);
        }
        if (segments.inBlocks()) {
            require(isCache(k), "caches [blocks, tokens a block, K·D] with a multiple of 32 tokens, not", k, v);
            long tokens = k.shape().dim(1);
            if (segments.longestKey() > segments.blockTable().columns() * tokens) {
                throw new IllegalArgumentException(
                        "a block table of " + segments.blockTable().columns() + " blocks is too narrow for "
                                + segments.longestKey() + " keys");
            }
        }
    }

    static void require(Op.Attention forward, Tensor dOut, Tensor dQ, Tensor dK, Tensor dV) {
        if (forward.segments().inBlocks()) {
            throw new IllegalArgumentException("attention over a cache has no gradient");
        }
        alike("dOut", forward.out(), dOut);
        alike("dQ", forward.q(), dQ);
        alike("dK", forward.k(), dK);
        alike("dV", forward.v(), dV);
    }

    static void require(Tensor k, Tensor v, Tensor slots, int headDim, Tensor keyCache, Tensor valueCache) {
        require(headDim > 0 && k.columns() % headDim == 0, "rows of whole heads, not", k, v);
        require(
                isFloat(k) && k.dtype() == v.dtype() && k.shape().equals(v.shape()),
                "keys and values alike, not",
                k,
                v);
        require(slots.dtype() == DType.I32 && slots.elements() == k.rows(), "an I32 slot for each row, not", slots, k);
        require(
                isFloat(keyCache)
                        && keyCache.dtype() == valueCache.dtype()
                        && keyCache.shape().equals(valueCache.shape())
                        && isCache(keyCache),
                "caches [blocks, tokens a block, K·D] of one type, F32 or BF16, with a multiple of 32 tokens, not",
                keyCache,
                valueCache);
        require(keyCache.columns() == k.columns(), "rows as wide as the cache's, not", k, keyCache);
    }

    private static void heads(Tensor q, Tensor k, int headDim) {
        boolean whole = headDim > 0 && q.columns() % headDim == 0 && k.columns() % headDim == 0;
        int keyHeads = whole ? k.columns() / headDim : 0;
        if (!whole || keyHeads == 0 || q.columns() / headDim % keyHeads != 0) {
            throw new IllegalArgumentException("query heads that are a multiple of the key heads, of " + headDim
                    + " each, are needed, not " + q + " and " + k);
        }
    }

    private static void alike(String name, Tensor forward, Tensor gradient) {
        require(
                isFloat(gradient) && gradient.shape().equals(forward.shape()),
                name + " of F32 or BF16 in its tensor's shape, not",
                forward,
                gradient);
    }

    private static boolean isCache(Tensor tensor) {
        return tensor.shape().rank() == 3
                && tensor.shape().dim(1) > 0
                && tensor.shape().dim(1) % Op.WriteKeyValues.BLOCK_TOKENS == 0;
    }

    private static boolean isFloat(Tensor tensor) {
        return tensor.dtype() == DType.F32 || tensor.dtype() == DType.BF16;
    }

    private static void require(boolean holds, String what, Tensor a, Tensor b) {
        if (!holds) {
            throw new IllegalArgumentException("attention needs " + what + " " + a + " and " + b);
        }
    }
}
