package dev.errata.kernels.cpu;

import dev.errata.tensor.Op;
import dev.errata.tensor.Segments;

/**
 * Where the heads of an attention lie: addresses of q [N, H·D], k, v [M, K·D], out and lse, with row strides in bytes.
 * The constructor checks that no segment reaches beyond them.
 */
final class HeadLayout {
    final Segments segments;
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
        segments = op.segments();
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
        for (int s = 0; s < segments.count(); s++) {
            java.util.Objects.checkFromIndexSize(segments.queryStart()[s], segments.queryLength()[s], rows);
            java.util.Objects.checkFromIndexSize(segments.keyStart()[s], segments.keyLength()[s], keyRows);
            if (segments.queryLength()[s] > segments.keyLength()[s]) {
                throw new IllegalArgumentException("more queries than keys in sequence " + s);
            }
        }
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
        return segments.queryStart()[segment] + (long) i;
    }

    /** The last key that query i sees, counted from the segment's first. */
    int lastKey(int segment, int i) {
        return segments.keyLength()[segment] - segments.queryLength()[segment] + i;
    }

    /** The first key that query i sees, counted from the segment's first. */
    int firstKey(int segment, int i) {
        return window == 0 ? 0 : Math.max(0, lastKey(segment, i) - window + 1);
    }
}
