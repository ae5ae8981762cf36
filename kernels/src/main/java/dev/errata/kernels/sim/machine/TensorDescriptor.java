package dev.errata.kernels.sim.machine;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A two-dimensional array of 16-bit elements and the box that one copy moves, in 128 bytes of our own layout: a mark,
 * then the fields in order.
 *
 * @param swizzled the 16-byte pieces of a box's rows are exchanged as by {@code CU_TENSOR_MAP_SWIZZLE_128B}
 */
public record TensorDescriptor(
        long address, long rows, long columns, long rowBytes, int boxRows, int boxColumns, boolean swizzled) {
    public static final int BYTES = 128;
    private static final long MARK = 0x70616d5f74706573L;

    public byte[] encode() {
        return ByteBuffer.allocate(BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(MARK)
                .putLong(address)
                .putLong(rows)
                .putLong(columns)
                .putLong(rowBytes)
                .putInt(boxRows)
                .putInt(boxColumns)
                .putInt(swizzled ? 1 : 0)
                .array();
    }

    /** The map in these bytes, or null if they are none. */
    static TensorDescriptor decode(byte[] from, int offset) {
        if (offset < 0 || offset > from.length - BYTES) {
            return null;
        }
        ByteBuffer b = ByteBuffer.wrap(from, offset, BYTES).order(ByteOrder.LITTLE_ENDIAN);
        return b.getLong() != MARK
                ? null
                : new TensorDescriptor(
                        b.getLong(), b.getLong(), b.getLong(), b.getLong(), b.getInt(), b.getInt(), b.getInt() == 1);
    }
}
