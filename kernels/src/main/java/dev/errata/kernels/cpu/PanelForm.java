package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;

/**
 * How the elements of a weight [out, in] lie in panels of {@link Tile#COLUMNS} outputs, each [in][outputs], so that a panel
 * is what a product reads, in its order, and no product packs it again. Outputs beyond the last are 0.
 */
interface PanelForm {
    /** Inputs are widened from a multiple of this on, and as many, but at the end of a row. */
    int STEP = 32;

    /** What an element is, or is rounded to when it is widened: F32, BF16 or F16. */
    DType dtype();

    /**
     * Widens inputs {@code k} on of a panel: to[at + i · COLUMNS + o], i below depth.
     *
     * @param base address of the weight's memory
     * @param k a multiple of {@link #STEP}
     */
    void widen(long base, int panel, int k, int depth, float[] to, int at, Scratch mine);

    /** Whether {@link #multiply} takes so many rows; where it doesn't, panels are widened. */
    boolean multiplies(int height);

    /**
     * Goes on with products of few rows by inputs k on of two panels, straight from memory: tiles [2][height][COLUMNS] +=
     * x[i][k] · element[k][o], for each row and output one FMA chain, k increasing.
     *
     * @param a packed rows [depth][height]
     * @param other the second panel, or the first again where there is one only: then the second tile is undefined
     */
    void multiply(
            float[] a, int height, long base, int panel, int other, int k, int depth, float[] tiles, Scratch mine);
}
