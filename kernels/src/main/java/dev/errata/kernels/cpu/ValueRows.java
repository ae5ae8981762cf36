package dev.errata.kernels.cpu;

/** Values of one segment and head, as a product with probabilities wants them. */
interface ValueRows {
    /**
     * Panels [count][{@link Tile#COLUMNS}], one for each so many of the D elements.
     *
     * @param key the first, a multiple of {@link CacheBlocks#TOKENS}
     */
    void rows(int key, int count, float[] panels);
}
