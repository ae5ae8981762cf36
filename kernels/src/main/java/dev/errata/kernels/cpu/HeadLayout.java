package dev.errata.kernels.cpu;

import dev.errata.tensor.Op;
import dev.errata.tensor.Segments;

/**
 * Where the heads of an attention lie: addresses of q [N, H·D], k, v [M, K·D], out and lse, with row strides in bytes.
 * The constructor checks that no segment reaches beyond them.
 */
final class HeadLayout {
    final int sequences;
    private final long queryStart;
    private final long queryLength;
    private final long keyStart;
    private final long keyLength;
    final int headDim;
    final int heads;
    final int keyHeads;
    final int window;
    final float scale;
    final boolean bf16;
    final long q;
    final long k;
    final long v;
    final long out;
    final long lse;
    final long stride;
    final long keyStride;

    HeadLayout(Op.Attention op) {
        Segments segments = op.segments();
        sequences = segments.count();
        queryStart = Memory.ints(segments.queryStart(), sequences);
        queryLength = Memory.ints(segments.queryLength(), sequences);
        keyStart = Memory.ints(segments.keyStart(), sequences);
        keyLength = Memory.ints(segments.keyLength(), sequences);
        headDim = op.headDim();
        heads = op.q().columns() / headDim;
        keyHeads = op.k().columns() / headDim;
        window = op.window();
        scale = op.scale();
        bf16 = op.bf16();
        int rows = op.q().rows();
        int keyRows = Math.min(op.k().rows(), op.v().rows());
        q = Memory.floats(op.q(), 0);
        k = Memory.floats(op.k(), 0);
        v = Memory.floats(op.v(), (long) keyRows * op.k().columns());
        out = Memory.floats(op.out(), op.q().elements());
        lse = Memory.floats(op.lse(), (long) rows * heads);
        stride = op.q().columns() * 4L;
        keyStride = op.k().columns() * 4L;
        for (int s = 0; s < sequences; s++) {
            java.util.Objects.checkFromIndexSize(Memory.getInt(queryStart + s * 4L), queries(s), rows);
            java.util.Objects.checkFromIndexSize(Memory.getInt(keyStart + s * 4L), keys(s), keyRows);
            if (queries(s) > keys(s)) {
                throw new IllegalArgumentException("more queries than keys in sequence " + s);
            }
        }
    }

    int queries(int segment) {
        return Memory.getInt(queryLength + segment * 4L);
    }

    int keys(int segment) {
        return Memory.getInt(keyLength + segment * 4L);
    }

    /** The row of the segment's first key. */
    long keyRow(int segment) {
        return Memory.getInt(keyStart + segment * 4L);
    }

    /** Bytes from a row's start to a query head's elements. */
    long headOffset(int head) {
        return (long) head * headDim * 4;
    }

    /** Bytes from a key row's start to the elements that a query head reads. */
    long keyHeadOffset(int head) {
        return (long) (head / (heads / keyHeads)) * headDim * 4;
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
}
