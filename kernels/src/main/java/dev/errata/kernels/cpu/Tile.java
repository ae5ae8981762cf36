package dev.errata.kernels.cpu;

import jdk.incubator.vector.FloatVector;

/**
 * The block of a product that one call of the microkernel computes: its size, and how it gets from panels to memory. Whole
 * blocks of C are written where they lie; those on its right and lower edge go through a copy.
 */
final class Tile {
    static final int ROWS = Lanes.COUNT == 16 ? 12 : 6;
    static final int COLUMNS = 2 * Lanes.COUNT;

    /** Rows up to which a product takes each panel of B through all of k at once: fewer than a whole block. */
    static final int FEW = Lanes.COUNT == 16 ? EightByTwo.ROWS : FourByTwo.ROWS;

    private static final long EDGE_STRIDE = COLUMNS * 4L;
    private static final float[] ZEROS = new float[ROWS * COLUMNS];

    private Tile() {}

    /** Rows that a panel of so many has room for: what there is an innermost loop for. */
    static int height(int rows) {
        if (rows <= 1) {
            return rows;
        }
        if (rows <= FourByTwo.ROWS) {
            return FourByTwo.ROWS;
        }
        return rows <= FEW ? FEW : ROWS;
    }

    /** Rows with those that the last panel is filled up with. */
    static int paddedRows(int rows) {
        return rows / ROWS * ROWS + height(rows % ROWS);
    }

    /**
     * c [rows, columns] = (or +=) A · B for panels of A, of {@link #ROWS} and at the end of the {@link #height} of what is left
     * of the rows, and one panel of B. Each element is one FMA chain, k increasing, from 0 or from what is there.
     *
     * @param panel the first of A, taken from a step {@code k} on
     * @param columns at most {@link #COLUMNS}
     * @param stride bytes from a row of c to the next
     */
    static void multiply(
            LeftPanels a,
            int panel,
            int k,
            RightPanel b,
            int depth,
            int rows,
            int columns,
            long c,
            long stride,
            boolean adds,
            Scratch mine) {
        // The last panel may be lower than the others, and so begin elsewhere at the same k.
        int whole = rows / ROWS;
        int low = rows - whole * ROWS;
        multiply(a.floats(), a.at(panel, k), a.step(), b, depth, whole * ROWS, columns, c, stride, adds, mine);
        if (low > 0) {
            long rest = c + (long) whole * ROWS * stride;
            multiply(a.floats(), a.at(panel + whole, k), a.step(), b, depth, low, columns, rest, stride, adds, mine);
        }
    }

    /** The same for panels that begin at aAt and are {@code step} floats apart. */
    static void multiply(
            float[] a,
            int aAt,
            int step,
            RightPanel b,
            int depth,
            int rows,
            int columns,
            long c,
            long stride,
            boolean adds,
            Scratch mine) {
        float[] tile = mine.tile;
        for (int i = 0; i < rows; i += ROWS) {
            int count = Math.min(ROWS, rows - i);
            int height = height(count);
            int at = aAt + i / ROWS * step;
            long corner = c + i * stride;
            if (height < ROWS) {
                begin(tile, 0, height, corner, stride, count, columns, adds);
                b.few(a, at, height, depth, tile);
                end(tile, 0, corner, stride, count, columns);
                continue;
            }
            if (adds) {
                begin(tile, 0, ROWS, corner, stride, count, columns, true);
            }
            float[] start = adds ? tile : ZEROS;
            if (count == ROWS && columns == COLUMNS) {
                b.whole(a, at, depth, start, corner, stride);
            } else {
                b.whole(a, at, depth, start, mine.edge(), EDGE_STRIDE);
                for (int row = 0; row < count; row++) {
                    Memory.copy(mine.edge() + row * EDGE_STRIDE, corner + row * stride, columns * 4L);
                }
            }
        }
    }

    /** tiles [panels][height][COLUMNS] go on with a panel of A of that height and one or two of B, the other at {@code second}. */
    static void few(
            float[] a, int aAt, int height, float[] b, int second, int panels, int depth, float[] tiles, float[] tile) {
        if (height == 1) {
            OneByFour.multiply(a, aAt, b, 0, panels == 2 ? second : 0, depth, tiles);
            return;
        }
        for (int panel = 0; panel < panels; panel++) {
            int at = panel * height * COLUMNS;
            System.arraycopy(tiles, at, tile, 0, height * COLUMNS);
            one(a, aAt, height, b, panel * second, depth, tile);
            System.arraycopy(tile, 0, tiles, at, height * COLUMNS);
        }
    }

    /** tile [height][COLUMNS] goes on with a panel of A of that height, at most {@link #FEW}, and one of B. */
    static void one(float[] a, int aAt, int height, float[] b, int bAt, int depth, float[] tile) {
        if (height == 1) {
            OneByFour.multiply(a, aAt, b, bAt, bAt, depth, tile);
        } else if (height == FourByTwo.ROWS) {
            FourByTwo.multiply(a, aAt, b, bAt, depth, tile);
        } else {
            EightByTwo.multiply(a, aAt, b, bAt, depth, tile);
        }
    }

    /** A tile [height][COLUMNS] at tiles[at…] begins at 0, or goes on with c [rows, columns]. */
    static void begin(float[] tiles, int at, int height, long c, long stride, int rows, int columns, boolean adds) {
        if (!adds || rows < height || columns < COLUMNS) {
            java.util.Arrays.fill(tiles, at, at + height * COLUMNS, 0f);
        }
        for (int i = 0; i < rows && adds; i++) {
            load(c + i * stride, columns, tiles, at + i * COLUMNS);
        }
    }

    /** c [rows, columns] = a tile [height][COLUMNS] at tiles[at…]. */
    static void end(float[] tiles, int at, long c, long stride, int rows, int columns) {
        for (int i = 0; i < rows; i++) {
            store(tiles, at + i * COLUMNS, c + i * stride, columns);
        }
    }

    private static void load(long from, int width, float[] tiles, int at) {
        if (width == COLUMNS) {
            FloatVector left = FloatVector.fromMemorySegment(Lanes.SPECIES, Memory.ALL, from, Lanes.ORDER);
            FloatVector right =
                    FloatVector.fromMemorySegment(Lanes.SPECIES, Memory.ALL, from + Lanes.COUNT * 4L, Lanes.ORDER);
            left.intoArray(tiles, at);
            right.intoArray(tiles, at + Lanes.COUNT);
            return;
        }
        int j = 0;
        for (; j + Lanes.COUNT <= width; j += Lanes.COUNT) {
            FloatVector.fromMemorySegment(Lanes.SPECIES, Memory.ALL, from + j * 4L, Lanes.ORDER)
                    .intoArray(tiles, at + j);
        }
        for (; j < width; j++) {
            tiles[at + j] = Memory.get(from + j * 4L);
        }
    }

    private static void store(float[] tiles, int at, long to, int width) {
        int j = 0;
        for (; j + Lanes.COUNT <= width; j += Lanes.COUNT) {
            FloatVector.fromArray(Lanes.SPECIES, tiles, at + j).intoMemorySegment(Memory.ALL, to + j * 4L, Lanes.ORDER);
        }
        for (; j < width; j++) {
            Memory.set(to + j * 4L, tiles[at + j]);
        }
    }

    static int rowPanels(int rows) {
        return (rows + ROWS - 1) / ROWS;
    }

    static int columnPanels(int columns) {
        return (columns + COLUMNS - 1) / COLUMNS;
    }
}
