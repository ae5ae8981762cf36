package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.F32Tile;

/** Where rows of the left side of a product lie as F32, for machine code. A worker has one, for one block after another. */
final class LeftPlace {
    private F32Tile.Left form;
    private long address;
    private long stride;

    /** Rows that are {@code bytes} apart, or where the matrix is turned its steps. */
    void is(F32Tile.Left of, long at, long bytes) {
        form = of;
        address = at;
        stride = bytes;
    }

    F32Tile.Left form() {
        return form;
    }

    /** Where the row's first step is. */
    long row(int row) {
        return address + (form == F32Tile.Left.ROWS ? row * stride : row * 4L);
    }

    long stride() {
        return stride;
    }
}
