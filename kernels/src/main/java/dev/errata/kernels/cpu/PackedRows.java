package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;

/** Keys or values of one segment and head that lie in rows. A worker has one of each, for one segment after another. */
final class PackedRows implements ValueRows {
    private final Scratch mine;
    private long address;
    private long stride;
    private DType dtype;
    private int d;

    PackedRows(Scratch mine) {
        this.mine = mine;
    }

    /**
     * Makes these the rows at an address.
     *
     * @param first address of the first key's elements
     * @param rowStride bytes from one row to the next
     * @param elements of the head
     */
    PackedRows of(long first, long rowStride, DType type, int elements) {
        address = first;
        stride = rowStride;
        dtype = type;
        d = elements;
        return this;
    }

    /** Elements of the head. */
    int d() {
        return d;
    }

    /** The address of F32 rows from a key on, {@link #floatStride} apart. */
    long floats(int key, int count) {
        long from = address + key * stride;
        if (dtype == DType.F32) {
            return from;
        }
        long wide = mine.keys.floats((long) count * d);
        RowConversion.widen(dtype, from, stride, d, count, wide, mine);
        return wide;
    }

    /** Bytes from one of them to the next. */
    long floatStride() {
        return dtype == DType.F32 ? stride : d * 4L;
    }

    /** Panels [D][{@link Tile#COLUMNS}] of turned rows, one for each so many keys; what lies beyond the last key is undefined. */
    void columns(int key, int count, float[] panels) {
        long from = floats(key, count);
        long apart = floatStride();
        for (int j = 0; j < count; j += Tile.COLUMNS) {
            int width = Math.min(Tile.COLUMNS, count - j);
            PanelPacking.transposed(from + j * apart, apart, width, d, Tile.COLUMNS, panels, j * d, mine.between);
        }
    }

    @Override
    public void rows(int key, int count, float[] panels) {
        straight(floats(key, count), floatStride(), d, count, panels);
    }

    /** Rows at a time that a second cache holds. */
    @Override
    public int together(int key) {
        return 256;
    }

    @Override
    public void place(int key, int count, int column, int width, PanelPlace place) {
        place.columns(floats(key, count) + column * 4L, floatStride(), count, width, mine);
    }

    /** Panels [count][{@link Tile#COLUMNS}] of F32 rows. */
    static void straight(long from, long stride, int d, int count, float[] panels) {
        for (int j = 0; j < d; j += Tile.COLUMNS) {
            int width = Math.min(Tile.COLUMNS, d - j);
            PanelPacking.straight(from + j * 4L, stride, width, count, Tile.COLUMNS, panels, j * count);
        }
    }
}
