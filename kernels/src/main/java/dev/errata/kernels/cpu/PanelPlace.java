package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.F32Tile;

/** Where a panel of the right side of a product lies, for machine code. A worker has some, for one panel after another. */
final class PanelPlace {
    private F32Tile.Right form;
    private long address;
    private long stride;

    /** Columns of a matrix of F32, whose rows are {@code bytes} apart. */
    void matrix(long at, long bytes) {
        form = F32Tile.Right.MATRIX;
        address = at;
        stride = bytes;
    }

    /**
     * The first columns of such rows, {@code count} of them: as they lie if they are a whole panel, which may be read, or else copied into
     * the worker's scratch.
     */
    void columns(long at, long bytes, int count, int width, Scratch mine) {
        if (width == F32Tile.COLUMNS) {
            matrix(at, bytes);
            return;
        }
        long copy = mine.panels((long) count * F32Tile.COLUMNS);
        for (int i = 0; i < count; i++) {
            Memory.copy(at + i * bytes, copy + (long) i * F32Tile.COLUMNS * 4, width * 4L);
        }
        floats(copy);
    }

    /** A panel of F32. */
    void floats(long at) {
        form = F32Tile.Right.FLOATS;
        address = at;
        stride = 0;
    }

    /** A panel of {@link DensePanels} of BF16. */
    void halves(long at) {
        form = F32Tile.Right.HALVES;
        address = at;
        stride = 0;
    }

    F32Tile.Right form() {
        return form;
    }

    long address() {
        return address;
    }

    /** Bytes from a row of a matrix to the next. */
    long stride() {
        return stride;
    }
}
