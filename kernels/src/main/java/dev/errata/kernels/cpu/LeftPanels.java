package dev.errata.kernels.cpu;

import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * The left side of a product in panels [depth][{@link Tile#ROWS}], the last of the {@link Tile#height} of what is left. No
 * thread waits until all of it is packed: a task packs what it needs and nobody has begun, and waits for what others have
 * begun.
 */
final class LeftPanels {
    /** Panels that are packed at a time. */
    private static final int UNIT = 4;

    private static final int OPEN = 0;
    private static final int TAKEN = 1;
    private static final int PACKED = 2;

    private final int threads;
    private float[] floats = new float[0];
    private AtomicIntegerArray states = new AtomicIntegerArray(0);
    private Source source;
    private int depth;
    private int rows;
    private int unit;

    LeftPanels(int threads) {
        this.threads = threads;
    }

    /**
     * What is packed: A [rows, depth] at an address, or [depth, rows] if transposed, times a factor.
     *
     * @param stride bytes from a row of what lies there to the next
     */
    record Source(long address, long stride, boolean transposed, float factor) {}

    /** Makes this the panels of another matrix, none of them packed. */
    void begin(Source of, int ofRows, int ofDepth) {
        source = of;
        rows = ofRows;
        depth = ofDepth;
        int needed = Math.multiplyExact(Tile.paddedRows(rows), depth);
        if (floats.length < needed) {
            floats = new float[needed];
        }
        unit = Math.clamp(panels() / (2 * threads), 1, UNIT);
        int units = Math.ceilDiv(panels(), unit);
        if (states.length() < units) {
            states = new AtomicIntegerArray(units);
        }
        for (int i = 0; i < units; i++) {
            states.setPlain(i, OPEN);
        }
    }

    int panels() {
        return Tile.rowPanels(rows);
    }

    /** What {@link #at} points into. */
    float[] floats() {
        return floats;
    }

    /** Where a panel lies from a step of k on. */
    int at(int panel, int k) {
        return panel * step() + k * Tile.height(Math.min(Tile.ROWS, rows - panel * Tile.ROWS));
    }

    /** Floats from one panel to the next. */
    int step() {
        return Tile.ROWS * depth;
    }

    /** Returns when these panels are packed. */
    void require(int panel, int end, Scratch mine) {
        int first = panel / unit;
        int last = (end - 1) / unit;
        for (int i = first; i <= last; i++) {
            if (states.get(i) == OPEN && states.compareAndSet(i, OPEN, TAKEN)) {
                try {
                    pack(i * unit, Math.min(panels(), (i + 1) * unit), mine);
                } finally {
                    states.set(i, PACKED);
                }
            }
        }
        for (int i = first; i <= last; i++) {
            while (states.get(i) != PACKED) {
                Thread.onSpinWait();
            }
        }
    }

    private void pack(int panel, int end, Scratch mine) {
        for (int i = panel; i < end; i++) {
            int first = i * Tile.ROWS;
            int used = Math.min(Tile.ROWS, rows - first);
            int height = Tile.height(used);
            int to = i * step();
            if (source.transposed) {
                long from = source.address + first * 4L;
                PanelPacking.straight(from, source.stride, used, depth, height, floats, to);
            } else {
                long from = source.address + first * source.stride;
                PanelPacking.transposed(from, source.stride, used, depth, height, floats, to, mine.between);
            }
            PanelPacking.scale(floats, to, height * depth, source.factor);
        }
    }
}
