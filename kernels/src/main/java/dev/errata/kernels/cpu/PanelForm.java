package dev.errata.kernels.cpu;

/**
 * How the elements of a weight [out, in] lie in panels of {@link Tile#COLUMNS} outputs, each [in][outputs], so that a panel
 * is what a product reads, in its order, and no product packs it again. Outputs beyond the last are 0.
 */
interface PanelForm {
    /** Inputs are widened from a multiple of this on, and as many, but at the end of a row. */
    int STEP = 32;

    /**
     * Widens inputs {@code k} on of a panel: to[at + i · COLUMNS + o], i below depth.
     *
     * @param base address of the weight's memory
     * @param k a multiple of {@link #STEP}
     */
    void widen(long base, int panel, int k, int depth, float[] to, int at, Scratch mine);

    /** Whether {@link #multiply} takes so many rows; where it doesn't, panels are widened. */
    boolean multiplies(int height);

    /** Panels that {@link #multiply} likes to take together: those of a group lie beside each other in memory. */
    int group();

    /**
     * Goes on with products of few rows by inputs k on of a group of panels or its rest, straight from memory: tiles
     * [panels][height][COLUMNS] += x[i][k] · element[k][o], for each row and output one FMA chain, k increasing.
     *
     * @param a packed rows [depth][height]
     * @param panel a multiple of {@link #group}
     */
    void multiply(
            float[] a, int height, long base, int panel, int panels, int k, int depth, float[] tiles, Scratch mine);
}
