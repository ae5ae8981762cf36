package dev.errata.kernels.cpu;

/**
 * Integers of few bits, one for each step of a panel and each of its outputs: codes of elements, scales of sub-blocks. They
 * lie in words of 32 bits, W words at a time (W lanes of a vector): word l holds, from its lowest bits on, those of output l
 * and output W + l at one step, then at the next step, and so on. So one load and a shift give a vector of either half of
 * the panel.
 */
final class Plane {
    private static final long WORDS = Lanes.COUNT * 4L;

    private final long offset;
    private final long panelBytes;
    private final int bits;
    /** Steps that a word holds, as a power of two. */
    private final int shift;

    /**
     * @param offset where the first panel's words lie in the weight's memory, in bytes
     * @param steps integers of an output
     * @param bits 1, 2, 4, 8 or 16
     */
    Plane(long offset, int steps, int bits) {
        this.offset = offset;
        this.bits = bits;
        shift = Integer.numberOfTrailingZeros(16 / bits);
        panelBytes = Math.ceilDiv(steps, perWord()) * WORDS;
    }

    int bits() {
        return bits;
    }

    /** Steps that a word holds. */
    int perWord() {
        return 1 << shift;
    }

    /** Where the next plane can lie. */
    long end(int panels) {
        return offset + panels * panelBytes;
    }

    /** The words of a panel from a step on that starts a word, or is in it. */
    long words(long base, int panel, int step) {
        return base + offset + panel * panelBytes + (step >> shift) * WORDS;
    }
}
