package dev.errata.kernels.cpu;

/** Keys of one segment and head, as a product of scores wants them. */
interface KeyColumns {
    /**
     * Panels [D][{@link Tile#COLUMNS}], one for each so many keys; what lies beyond the last key is undefined.
     *
     * @param key the first, a multiple of {@link CacheBlocks#TOKENS}
     */
    void columns(int key, int count, float[] panels);

    /**
     * Says where the panel of keys from one on lies for machine code, or puts it into the worker's scratch; what lies beyond the last key is undefined.
     *
     * @param key the first, a multiple of {@link Tile#COLUMNS}
     */
    void place(int key, PanelPlace place);
}
