package dev.errata.kernels.cuda;

/** Sizes of grids: whole blocks that cover a size. */
final class Grids {
    /** What the second side of a grid may be. */
    static final int LARGEST_SIDE = 65_535;

    private Grids() {}

    /**
     * Blocks that cover so many elements.
     *
     * @throws IllegalArgumentException if they are more than a grid has
     */
    static int blocks(long elements, long elementsOfBlock) {
        long blocks = Math.ceilDiv(elements, elementsOfBlock);
        if (blocks > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    elements + " elements in blocks of " + elementsOfBlock + " need more blocks than a grid has");
        }
        return (int) blocks;
    }

    /** Whole warps of at least so many threads, from {@code least} to {@code most}. */
    static int threads(long threads, int least, int most) {
        return Math.clamp(Math.ceilDiv(threads, 32) * 32, least, most);
    }
}
