package dev.errata.kernels.cpu;

/**
 * How the codes of a weight and their scales lie in panels: as units of some inputs, one after another, each with its part of
 * every plane. So a product reads one stream. Where scales lay apart, their lines were waited for: a loop of one row
 * by Q8_0, with two threads, read 22 to 25 GB/s, and 21 to 32 this way (Zen 5, a noisy machine).
 */
final class PanelUnits {
    private final int count;
    private long bytes;

    /**
     * @param count of a panel
     */
    PanelUnits(int count) {
        this.count = count;
    }

    /** A further plane, of so many steps in each unit. */
    Plane plane(int steps, int bits) {
        Plane plane = new Plane(this, bytes, steps, bits);
        bytes += Math.ceilDiv(steps, plane.perWord()) * Plane.WORDS;
        return plane;
    }

    /** Room for F32 numbers, one for each output of a panel, in each unit; where they lie in it. */
    long floats() {
        long offset = bytes;
        bytes += Tile.COLUMNS * 4L;
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
