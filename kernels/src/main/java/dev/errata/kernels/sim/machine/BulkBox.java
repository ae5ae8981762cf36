package dev.errata.kernels.sim.machine;

/**
 * What one bulk copy moves: rows of global memory, each of which lies next to the one before in shared memory. Of a
 * tensor's box, what is outside of the tensor comes as zeros and doesn't go anywhere.
 *
 * @param address of row 0 of the array, or of the bytes
 * @param firstByte of a row, may be negative
 * @param width bytes of a row of the box
 * @param rowBytes from one row of the array to the next
 * @param arrayRows rows of the array
 * @param arrayWidth bytes of a row of the array that belong to it
 */
public record BulkBox(
        long address,
        long firstByte,
        long firstRow,
        int width,
        int rows,
        long rowBytes,
        long arrayRows,
        long arrayWidth,
        boolean swizzled) {
    private static final int PIECE = 16;
    private static final int ELEMENT = 2;

    public static BulkBox of(TensorDescriptor map, int column, int row) {
        return new BulkBox(
                map.address(),
                (long) column * ELEMENT,
                row,
                map.boxColumns() * ELEMENT,
                map.boxRows(),
                map.rowBytes(),
                map.rows(),
                map.columns() * ELEMENT,
                map.swizzled());
    }

    /** A run of bytes, in rows of 16. */
    public static BulkBox of(long address, long bytes) {
        return new BulkBox(address, 0, 0, PIECE, (int) (bytes / PIECE), PIECE, bytes / PIECE, PIECE, false);
    }

    public int bytes() {
        return width * rows;
    }

    /** Where 16 bytes of the box lie in shared memory: with the swizzle, bits 4 to 6 change by bits 7 to 9. */
    private int place(int at, int row, int column) {
        int linear = at + row * width + column;
        return swizzled ? linear ^ (linear >>> 7 & 7) << 4 : linear;
    }

    private interface Piece {
        void take(int row, int column, int place);
    }

    private void pieces(int at, Piece piece) {
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < width; column += PIECE) {
                piece.take(row, column, place(at, row, column));
            }
        }
    }

    private boolean admitted(Warp warp, int lane, SharedMemory shared, int at, String what) {
        return shared.admitted(warp, lane, at, bytes(), width == PIECE ? PIECE : 128, what);
    }

    /** The copy starts: nobody may use its target until it lands. */
    public boolean poison(Warp warp, int lane, SharedMemory shared, int at) {
        if (!admitted(warp, lane, shared, at, "a bulk copy")) {
            return false;
        }
        pieces(at, (_, _, place) -> {
            shared.writable(warp, lane, place, PIECE);
            shared.poison(place, PIECE);
        });
        return true;
    }

    /** The copy lands: reads global memory and writes shared memory. */
    public void land(Warp warp, int lane, SharedMemory shared, int at) {
        pieces(at, (row, column, place) -> {
            for (int i = 0; i < PIECE; i += ELEMENT) {
                Bytes.put(shared.data(), place + i, ELEMENT, element(warp, lane, row, column + i));
            }
            shared.landByCopy(place, PIECE);
        });
    }

    private boolean isInside(int row, int column) {
        long r = firstRow + row;
        long b = firstByte + column;
        return r >= 0 && r < arrayRows && b >= 0 && b < arrayWidth;
    }

    private long addressOf(int row, int column) {
        return address + (firstRow + row) * rowBytes + firstByte + column;
    }

    private long element(Warp warp, int lane, int row, int column) {
        if (!isInside(row, column)) {
            return 0;
        }
        long from = addressOf(row, column);
        GlobalSpace global = warp.block().global();
        return global.readable(warp, lane, from, ELEMENT) ? global.get(warp, lane, from, ELEMENT) : 0;
    }

    /** A copy out of shared memory starts: nobody may overwrite its source until it has read it. */
    public boolean leave(Warp warp, int lane, int at) {
        SharedMemory shared = warp.block().shared();
        if (!admitted(warp, lane, shared, at, "a bulk copy")) {
            return false;
        }
        pieces(at, (_, _, place) -> {
            shared.readableByUnit(warp, lane, place, "a bulk copy");
            shared.leave(place, PIECE);
        });
        return true;
    }

    /** The copy out of shared memory is done. */
    public void store(Warp warp, int lane, int at) {
        SharedMemory shared = warp.block().shared();
        GlobalSpace global = warp.block().global();
        pieces(at, (row, column, place) -> {
            for (int i = 0; i < PIECE; i += ELEMENT) {
                long to = addressOf(row, column + i);
                if (isInside(row, column + i) && global.writable(warp, lane, to, ELEMENT)) {
                    global.put(warp, lane, to, ELEMENT, Bytes.get(shared.data(), place + i, ELEMENT));
                }
            }
            shared.left(place, PIECE);
        });
    }
}
