package dev.errata.kernels.cpu;

/**
 * Integers of few bits, one for each step of a panel and each of its outputs: codes of elements, scales of sub-blocks. They
 * lie in words of 32 bits, W words at a time (W lanes of a vector): word l holds, from its lowest bits on, those of output l
 * and output W + l at one step, then at the next step, and so on. So one load and a shift give a vector of either half of
 * the panel.
 */
final class Plane {
    static final long WORDS = Lanes.COUNT * 4L;

    private final PanelUnits units;
    private final long offset;
    private final int steps;
    private final int bits;
    /** Steps that a word holds, as a power of two. */
    private final int shift;

    /**
     * @param offset where the words of a unit lie in it, in bytes
     * @param steps integers of an output in a unit
     * @param bits 1, 2, 4, 8 or 16
     */
    Plane(PanelUnits units, long offset, int steps, int bits) {
        this.units = units;
        this.offset = offset;
        this.steps = steps;
        this.bits = bits;
        shift = Integer.numberOfTrailingZeros(16 / bits);
    }

    int bits() {
        return bits;
    }

    /** Where its words lie in a unit, in bytes. */
    long offset() {
        return offset;
    }

    /** Bytes from a unit to the next. */
    long unitBytes() {
        return units.bytes();
    }

    /** Integers of an output in a unit. */
    int steps() {
        return steps;
    }

    /** Steps that a word holds. */
    int perWord() {
        return 1 << shift;
    }

    /** The words of a panel from a step on that starts a word, or is in it, to the end of its unit. */
    long words(long base, int panel, int step) {
        int within = step % steps;
        return units.at(base, panel, step / steps) + offset + (within >> shift) * WORDS;
    }

    /** Bytes from the words of one run of steps to those of the next, where a unit holds whole runs. */
    long stride(int run) {
        return run == steps ? units.bytes() : (run >> shift) * WORDS;
    }
}
