package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Segments;
import java.util.Objects;

/**
 * Where the heads of an attention lie: addresses of q, out [N, H·D], lse [N, H] and k, v, which are rows [M, K·D] or a cache
 * of blocks as {@link CacheBlocks} lays it out. The constructor checks that no segment reaches beyond them.
 */
final class HeadLayout {
    final int sequences;
    final int headDim;
    final int heads;
    final int keyHeads;
    final int group;
    final int window;
    final float scale;
    final float softCap;
    final boolean rounds;
    final DType queryType;
    final DType keyType;
    final DType outType;
    final long q;
    final long k;
    final long v;
    final long out;
    final long lse;
    /** Elements of a row of queries, and of keys. */
    final int width;

    final int keyWidth;
    /** Null where keys lie in rows. */
    final CacheBlocks blocks;

    private final long queryStart;
    private final long queryLength;
    private final long keyLength;
    private final long keyStart;
    private final long blockTable;
    private final int tableWidth;

    HeadLayout(Op.Attention op) {
        Segments segments = op.segments();
        sequences = segments.count();
        headDim = op.headDim();
        heads = op.heads();
        keyHeads = op.keyHeads();
        group = heads / keyHeads;
        window = op.window();
        scale = op.scale();
        softCap = op.softCap();
        rounds = op.rounds();
        queryType = op.q().dtype();
        keyType = op.k().dtype();
        outType = op.out().dtype();
        width = op.q().columns();
        keyWidth = op.k().columns();
        q = Memory.anyFloats(op.q(), 0);
        k = Memory.anyFloats(op.k(), 0);
        v = Memory.anyFloats(op.v(), op.k().elements());
        out = Memory.anyFloats(op.out(), op.q().elements());
        lse = Memory.floats(op.lse(), (long) op.q().rows() * heads);
        queryStart = Memory.ints(segments.queryStart(), sequences);
        queryLength = Memory.ints(segments.queryLength(), sequences);
        keyLength = Memory.ints(segments.keyLength(), sequences);
        if (segments.inBlocks()) {
            blocks = new CacheBlocks(op.k(), headDim);
            keyStart = 0;
            blockTable = Memory.ints(segments.blockTable(), 0);
            tableWidth = segments.blockTable().columns();
        } else {
            blocks = null;
            keyStart = Memory.ints(segments.keyStart(), sequences);
            blockTable = 0;
            tableWidth = 0;
        }
        for (int s = 0; s < sequences; s++) {
            require(s, op.q().rows(), op.k().rows());
        }
    }

    /** The numbers of the segments may have changed since they were checked on the host. */
    private void require(int segment, int queryRows, int keyRows) {
        Objects.checkFromIndexSize(queryRow(segment, 0), queries(segment), (long) queryRows);
        if (queries(segment) > keys(segment)) {
            throw new IllegalArgumentException("more queries than keys in sequence " + segment);
        }
        if (blocks == null) {
            Objects.checkFromIndexSize(keyRow(segment), keys(segment), (long) keyRows);
            return;
        }
        int used = Math.ceilDiv(keys(segment), blocks.tokens);
        Objects.checkFromIndexSize(0, used, tableWidth);
        for (int i = 0; i < used; i++) {
            Objects.checkIndex(block(segment, i), blocks.count);
        }
    }

    int queries(int segment) {
        return Memory.getInt(queryLength + segment * 4L);
    }

    int keys(int segment) {
        return Memory.getInt(keyLength + segment * 4L);
    }

    /** The row of the segment's first key, where keys lie in rows. */
    long keyRow(int segment) {
        return Memory.getInt(keyStart + segment * 4L);
    }

    /** The cache's block that holds the i-th run of the segment's keys. */
    int block(int segment, int i) {
        return Memory.getInt(blockTable + ((long) segment * tableWidth + i) * 4);
    }

    /** Row of the segment's query i. */
    long queryRow(int segment, int i) {
        return Memory.getInt(queryStart + segment * 4L) + (long) i;
    }

    /** The last key that query i sees, counted from the segment's first. */
    int lastKey(int segment, int i) {
        return keys(segment) - queries(segment) + i;
    }

    /** The first key that query i sees, counted from the segment's first. */
    int firstKey(int segment, int i) {
        return window == 0 ? 0 : Math.max(0, lastKey(segment, i) - window + 1);
    }

    /** The address of one head's elements for a query of a tensor like q. */
    long queryAddress(long base, DType dtype, int segment, int query, int head) {
        return base + (queryRow(segment, query) * width + (long) head * headDim) * dtype.bytes();
    }

    /** Bytes from one row of such a tensor to the next. */
    long queryStride(DType dtype) {
        return (long) width * dtype.bytes();
    }

    /** The address of one key head's elements for the first key of a tensor like k, where keys lie in rows. */
    long keyAddress(long base, DType dtype, int segment, int keyHead) {
        return base + (keyRow(segment) * keyWidth + (long) keyHead * headDim) * dtype.bytes();
    }

    /** Bytes from one row of such a tensor to the next. */
    long keyStride(DType dtype) {
        return (long) keyWidth * dtype.bytes();
    }
}
