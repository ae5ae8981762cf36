package dev.errata.kernels.cpu;

/**
 * How the codes of a weight and their scales lie in panels: as units of some runs of inputs, one after another, each with its part of
 * every plane, scales first. So a product reads one stream, the scales of several runs at a time. Where scales lay apart, their
 * lines were waited for: a loop of one row by Q8_0, with two threads, read 22 to 25 GB/s, and 21 to 32 this way (Zen 5, a
 * noisy machine).
 */
final class PanelUnits {
    /** Runs of a unit at most. */
    static final int MOST_RUNS = 16;

    private final int count;
    private long bytes;

    /**
     * @param count of a panel
     */
    PanelUnits(int count) {
        this.count = count;
    }

    /** How many of the runs of a row a unit holds, so that all units hold as many. */
    static int runs(int ofRow) {
        int most = Math.min(ofRow, MOST_RUNS);
        while (ofRow % most != 0) {
            most--;
        }
        return most;
    }

    /** A further plane, of so many steps in each unit. */
    Plane plane(int steps, int bits) {
        Plane plane = new Plane(this, bytes, steps, bits);
        bytes += Math.ceilDiv(steps, plane.perWord()) * Plane.WORDS;
        return plane;
    }

    /** Room for F32 numbers, {@code runs} for each output of a panel, in each unit; where they lie in it. */
    long floats(int runs) {
        long offset = bytes;
        bytes += runs * (Tile.COLUMNS * 4L);
        return offset;
    }

    /** Bytes of a unit. */
    long bytes() {
        return bytes;
    }

    long bytes(int panels) {
        return (long) panels * count * bytes;
    }

    long at(long base, int panel, int unit) {
        return base + ((long) panel * count + unit) * bytes;
    }
}
