package dev.errata.kernels.cpu;

/** Values of one segment and head, as a product with probabilities wants them. */
interface ValueRows {
    /**
     * Panels [count][{@link Tile#COLUMNS}], one for each so many of the D elements.
     *
     * @param key the first, a multiple of {@link CacheBlocks#TOKENS}
     */
    void rows(int key, int count, float[] panels);

    /** So many from a key on lie together, at least. */
    int together(int key);

    /**
     * Says where a panel [count] of values that lie together lies for machine code, or puts it into the worker's scratch.
     *
     * @param column the first of the D elements, a multiple of {@link Tile#COLUMNS}
     * @param width of them, at most {@link Tile#COLUMNS}
     */
    void place(int key, int count, int column, int width, PanelPlace place);
}
