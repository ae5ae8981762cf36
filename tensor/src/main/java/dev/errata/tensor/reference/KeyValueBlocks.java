package dev.errata.tensor.reference;

import dev.errata.tensor.Op;
import java.util.Objects;

/** A cache of blocks: here the rows of a block lie one after another, so a slot is a row. */
final class KeyValueBlocks {
    private KeyValueBlocks() {}

    /**
     * @throws IndexOutOfBoundsException if a slot lies outside the cache
     * @throws IllegalArgumentException if a slot is named twice
     */
    static void write(Op.WriteKeyValues op) {
        Rows.requireDistinct(op.slots());
        Floats k = new Floats(op.k());
        Floats v = new Floats(op.v());
        Floats keys = new Floats(op.keyCache());
        Floats values = new Floats(op.valueCache());
        long width = op.k().columns();
        for (int n = 0; n < op.k().rows(); n++) {
            long slot =
                    Objects.checkIndex(Floats.id(op.slots(), n), op.keyCache().rows());
            for (int c = 0; c < width; c++) {
                keys.set(slot * width + c, k.get(n * width + c));
                values.set(slot * width + c, v.get(n * width + c));
            }
        }
    }
}
