package dev.errata.tensor.reference;

import dev.errata.tensor.HostMemory;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/** Operators on sequences that are being written. */
final class Sequences {
    private Sequences() {}

    static void lastTokens(Op.LastTokens op) {
        int capacity = op.history().capacity();
        for (int row = 0; row < op.slots().elements(); row++) {
            int slot =
                    Objects.checkIndex(Floats.id(op.slots(), row), op.history().slots());
            int length = Floats.id(op.history().lengths(), slot);
            int position = Objects.checkIndex(length - 1, capacity);
            int block = Objects.checkIndex(
                    position / op.blockSize(), op.blockTable().columns());
            int first = Floats.id(op.blockTable(), (long) row * op.blockTable().columns() + block) * op.blockSize();
            set(op.ids(), row, Floats.id(op.history().ids(), (long) slot * capacity + position));
            set(op.positions(), row, position);
            set(op.keyLengths(), row, length);
            set(op.places(), row, first + position % op.blockSize());
        }
    }

    private static void set(Tensor tensor, int row, int value) {
        HostMemory.of(tensor).setAtIndex(ValueLayout.JAVA_INT_UNALIGNED, row, value);
    }
}
