package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.F32Tile;

/**
 * The left side A [m, k] of a product, from wherever it lies: in panels for the Vector API's tiles, or for machine code where it
 * lies.
 */
interface LeftSide {
    /** Packs rows into panels at to[0…], each [depth][Tile.ROWS], the last of the {@link Tile#height} of what is left. */
    default void pack(int row, int rows, int k, int depth, float[] to, Scratch mine) {
        for (int i = 0; i < rows; i += Tile.ROWS) {
            pack(row + i, Math.min(Tile.ROWS, rows - i), k, depth, to, i * depth, mine);
        }
    }

    /** The same for one panel, at to[at…]. */
    default void pack(int row, int rows, int k, int depth, float[] to, int at, Scratch mine) {
        LeftPlace from = mine.leftPlace;
        place(row, rows, k, depth, from, mine);
        if (from.form() == F32Tile.Left.ROWS) {
            PanelPacking.transposed(from.row(0), from.stride(), rows, depth, Tile.height(rows), to, at, mine.between);
        } else {
            PanelPacking.straight(from.row(0), from.stride(), rows, depth, Tile.height(rows), to, at);
        }
    }

    /** Says where the same rows lie as F32, or puts them into the worker's scratch. */
    void place(int row, int rows, int k, int depth, LeftPlace place, Scratch mine);

    /** This side times a factor. */
    default LeftSide times(float factor) {
        return factor == 1 ? this : new Scaled(this, factor);
    }

    /** A [m, k] in memory, rows {@code stride} elements apart. */
    record Stored(long a, int stride) implements LeftSide {
        @Override
        public void place(int row, int rows, int k, int depth, LeftPlace place, Scratch mine) {
            place.is(F32Tile.Left.ROWS, a + ((long) row * stride + k) * 4, stride * 4L);
        }
    }

    /** A as [k, m] in memory, rows {@code stride} elements apart. Panels side by side are read together, as each cuts cache lines. */
    record Transposed(long a, int stride) implements LeftSide {
        @Override
        public void pack(int row, int rows, int k, int depth, float[] to, Scratch mine) {
            int together = rows / Tile.ROWS;
            PanelPacking.sideBySide(at(row, k), stride * 4L, together, depth, to);
            int done = together * Tile.ROWS;
            if (done < rows) {
                pack(row + done, rows - done, k, depth, to, done * depth, mine);
            }
        }

        @Override
        public void place(int row, int rows, int k, int depth, LeftPlace place, Scratch mine) {
            place.is(F32Tile.Left.COLUMNS, at(row, k), stride * 4L);
        }

        private long at(int row, int k) {
            return a + ((long) k * stride + row) * 4;
        }
    }

    /** A [m, k] of any type of floats in memory, rows {@code columns} elements apart. */
    record Typed(Elements a, int columns) implements LeftSide {
        @Override
        public void place(int row, int rows, int k, int depth, LeftPlace place, Scratch mine) {
            long stride = Lanes.ceil(depth) * 4L;
            long room = mine.floats(rows * (stride / 4));
            a.copyRowsOut((long) row * columns + k, columns, rows, depth, room, stride, mine);
            place.is(F32Tile.Left.ROWS, room, stride);
        }
    }

    /** A as [k, m] of any type of floats in memory, rows {@code columns} elements apart. */
    record TypedTransposed(Elements a, int columns) implements LeftSide {
        @Override
        public void place(int row, int rows, int k, int depth, LeftPlace place, Scratch mine) {
            // Whole vectors where the matrix has them: single elements take as long as vectors.
            int width = Math.min(Lanes.ceil(rows), columns - row);
            long stride = Lanes.ceil(rows) * 4L;
            long room = mine.floats(depth * (stride / 4));
            a.copyRowsOut((long) k * columns + row, columns, depth, width, room, stride, mine);
            place.is(F32Tile.Left.COLUMNS, room, stride);
        }
    }

    /** Another left side times a factor. */
    record Scaled(LeftSide of, float factor) implements LeftSide {
        @Override
        public void pack(int row, int rows, int k, int depth, float[] to, Scratch mine) {
            of.pack(row, rows, k, depth, to, mine);
            PanelPacking.scale(to, 0, Tile.paddedRows(rows) * depth, factor);
        }

        @Override
        public void pack(int row, int rows, int k, int depth, float[] to, int at, Scratch mine) {
            of.pack(row, rows, k, depth, to, at, mine);
            PanelPacking.scale(to, at, Tile.height(rows) * depth, factor);
        }

        @Override
        public void place(int row, int rows, int k, int depth, LeftPlace place, Scratch mine) {
            of.place(row, rows, k, depth, place, mine);
            place.times(factor, rows, depth, mine);
        }
    }
}
