package dev.errata.kernels.machine;

import java.util.Arrays;

/** The 64 bytes by which LDTILECFG gives AMX's tiles their shapes (palette 1: eight tiles of at most 16 rows of 64 bytes). */
final class TileShapes {
    static final int ROWS = 16;
    static final int ROW_BYTES = 64;

    private static final int PALETTE = 1;
    private static final int FIRST_BYTES = 16;
    private static final int FIRST_ROWS = 48;

    private final byte[] all = new byte[64];

    TileShapes() {
        all[0] = PALETTE;
    }

    /** A tile without rows has no shape and isn't used. */
    TileShapes tile(Tmm tile, int rows, int bytes) {
        if (rows > 0) {
            all[FIRST_ROWS + tile.number()] = (byte) rows;
            all[FIRST_BYTES + 2 * tile.number()] = (byte) bytes;
        }
        return this;
    }

    byte[] bytes() {
        return Arrays.copyOf(all, all.length);
    }
}
