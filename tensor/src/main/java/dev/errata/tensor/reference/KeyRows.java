package dev.errata.tensor.reference;

import dev.errata.tensor.Op;
import dev.errata.tensor.Segments;
import java.util.Objects;

/** Reads the segments of an attention, checking each number: where queries and keys of a sequence lie. */
final class KeyRows {
    private final Op.Attention op;
    private final Segments segments;
    private final int blockTokens;

    KeyRows(Op.Attention op) {
        this.op = op;
        this.segments = op.segments();
        this.blockTokens = segments.inBlocks() ? (int) op.k().shape().dim(1) : 0;
        for (int s = 0; s < segments.count(); s++) {
            Objects.checkFromIndexSize(queryRow(s, 0), queries(s), op.q().rows());
            if (queries(s) > keys(s)) {
                throw new IllegalArgumentException("more queries than keys in sequence " + s);
            }
        }
    }

    int queries(int sequence) {
        return Floats.id(segments.queryLength(), sequence);
    }

    int keys(int sequence) {
        return Floats.id(segments.keyLength(), sequence);
    }

    int queryRow(int sequence, int i) {
        return Floats.id(segments.queryStart(), sequence) + i;
    }

    /** The row of a sequence's key j. */
    long keyRow(int sequence, int j) {
        long row = blockTokens == 0
                ? (long) Floats.id(segments.keyStart(), sequence) + j
                : (long) block(sequence, j / blockTokens) * blockTokens + j % blockTokens;
        return Objects.checkIndex(row, op.k().rows());
    }

    private int block(int sequence, int index) {
        int width = segments.blockTable().columns();
        return Floats.id(segments.blockTable(), (long) sequence * width + Objects.checkIndex(index, width));
    }
}
