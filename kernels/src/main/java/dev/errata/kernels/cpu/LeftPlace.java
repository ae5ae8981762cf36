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

    /** Makes these {@code rows}, of so many steps, the same times a factor, in the worker's scratch; nothing is done for 1. */
    void times(float factor, int rows, int depth, Scratch mine) {
        if (factor == 1) {
            return;
        }
        boolean turned = form == F32Tile.Left.COLUMNS;
        int lines = turned ? depth : rows;
        int width = turned ? rows : depth;
        long apart = Lanes.ceil(width) * 4L;
        long room = mine.scaled(lines * (apart / 4));
        for (int i = 0; i < lines; i++) {
            mine.rowsOfF32.scaled(address + i * stride, factor, width, room + i * apart);
        }
        is(form, room, apart);
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
