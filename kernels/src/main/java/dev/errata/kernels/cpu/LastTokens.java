package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import java.util.Objects;

/** What a decoder reads to write next tokens. A few integers a row, so the calling thread does it alone. */
final class LastTokens {
    private LastTokens() {}

    static void run(Op.LastTokens op) {
        int rows = Math.toIntExact(op.slots().elements());
        int slots = op.history().slots();
        int capacity = op.history().capacity();
        int width = op.blockTable().columns();
        long slotAt = Memory.address(op.slots(), DType.I32, rows);
        long history = Memory.address(op.history().ids(), DType.I32, (long) slots * capacity);
        long lengths = Memory.address(op.history().lengths(), DType.I32, slots);
        long blocks = Memory.address(op.blockTable(), DType.I32, (long) rows * width);
        long ids = Memory.address(op.ids(), DType.I32, rows);
        long positions = Memory.address(op.positions(), DType.I32, rows);
        long keyLengths = Memory.address(op.keyLengths(), DType.I32, rows);
        long places = Memory.address(op.places(), DType.I32, rows);
        for (long row = 0; row < rows; row++) {
            long slot = Memory.index(slotAt, row, slots);
            int length = Memory.getInt(lengths + slot * 4);
            int position = Objects.checkIndex(length - 1, capacity);
            int block = Objects.checkIndex(position / op.blockSize(), width);
            int first = Memory.getInt(blocks + (row * width + block) * 4) * op.blockSize();
            Memory.setInt(ids + row * 4, Memory.getInt(history + (slot * capacity + position) * 4));
            Memory.setInt(positions + row * 4, position);
            Memory.setInt(keyLengths + row * 4, length);
            Memory.setInt(places + row * 4, first + position % op.blockSize());
        }
    }
}
