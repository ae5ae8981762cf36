package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;

/**
 * How this backend lays out a cache [blocks, T, K·D]. A block of keys is [K, D, T]: what a product of scores reads, so that
 * nothing is transposed when the keys are read again and again. A block of values is [K, T, D].
 */
final class CacheBlocks {
    /** Tokens of a block are a multiple of this, which is whole panels of keys on every CPU. */
    static final int TOKENS = Op.WriteKeyValues.BLOCK_TOKENS;

    final int count;
    final int tokens;
    final DType dtype;
    private final int headDim;
    private final long blockBytes;

    CacheBlocks(Tensor cache, int headDim) {
        count = Math.toIntExact(cache.shape().dim(0));
        tokens = Math.toIntExact(cache.shape().dim(1));
        dtype = cache.dtype();
        this.headDim = headDim;
        blockBytes = (long) tokens * cache.columns() * dtype.bytes();
    }

    /** Bytes from the cache's start to one head's part of a block: [D, T] of keys, [T, D] of values. */
    long head(int block, int keyHead) {
        return block * blockBytes + (long) keyHead * headDim * tokens * dtype.bytes();
    }
}
