package dev.errata.kernels.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Copies blocks of matrices into panels: [depth][width] with the sum's index k as the depth, so that the microkernel
 * reads forward only. What lies beyond the matrix becomes zero.
 */
final class PanelPacking {
    private PanelPacking() {}

    /** panel[k][j] = source[k][j] for j below used; the source's rows are {@code stride} bytes apart. */
    static void straight(long source, long stride, int used, int depth, int panelWidth, float[] panel, int at) {
        for (int j = 0; j < panelWidth; j += Lanes.COUNT) {
            long from = source + j * 4L;
            if (used - j >= Lanes.COUNT) {
                wholeVectors(from, stride, depth, panelWidth, panel, at + j);
            } else {
                partVectors(from, stride, used - j, depth, panelWidth - j, panelWidth, panel, at + j);
            }
        }
    }

    /** Panels [depth][Tile.ROWS] one after another, of columns side by side; the source's rows are {@code stride} bytes apart. */
    static void sideBySide(long source, long stride, int panels, int depth, float[] to) {
        for (int k = 0; k < depth; k++) {
            for (int p = 0; p < panels; p++) {
                row(source + k * stride + p * (Tile.ROWS * 4L), to, (p * depth + k) * Tile.ROWS);
            }
        }
    }

    private static void row(long from, float[] to, int at) {
        for (int j = 0; j < Tile.ROWS; j += Lanes.COUNT) {
            VectorMask<Float> mask = Lanes.SPECIES.indexInRange(j, Tile.ROWS);
            FloatVector.fromMemorySegment(Lanes.SPECIES, Memory.ALL, from + j * 4L, Lanes.ORDER, mask)
                    .intoArray(to, at + j, mask);
        }
    }

    private static void wholeVectors(long source, long stride, int depth, int panelWidth, float[] panel, int at) {
        for (int k = 0; k < depth; k++) {
            FloatVector.fromMemorySegment(Lanes.SPECIES, Memory.ALL, source + k * stride, Lanes.ORDER)
                    .intoArray(panel, at + k * panelWidth);
        }
    }

    /**
     * Reads {@code used} lanes and writes {@code width}. The masks are made here: as arguments they are boxed, 96 bytes a
     * panel, wherever the compiler doesn't take this method into its caller.
     */
    private static void partVectors(
            long source, long stride, int used, int depth, int width, int panelWidth, float[] panel, int at) {
        VectorMask<Float> read = Lanes.SPECIES.indexInRange(0, used);
        VectorMask<Float> written = Lanes.SPECIES.indexInRange(0, width);
        for (int k = 0; k < depth; k++) {
            FloatVector.fromMemorySegment(Lanes.SPECIES, Memory.ALL, source + k * stride, Lanes.ORDER, read)
                    .intoArray(panel, at + k * panelWidth, written);
        }
    }

    /**
     * panel[k][j] = source[j][k] for j below used; the source's rows are {@code stride} bytes apart.
     *
     * @param between room for {@link Transpose}
     */
    static void transposed(
            long source, long stride, int used, int depth, int panelWidth, float[] panel, int at, int[] between) {
        // A panel of one row has no blocks: those read whole quarters, and what lies behind a tensor may not be read.
        boolean full = used == panelWidth && used % 4 == 0 && Transpose.isSupported();
        int whole = full ? depth / Transpose.SIZE * Transpose.SIZE : 0;
        for (int k = 0; k < whole; k += Transpose.SIZE) {
            for (int j = 0; j < panelWidth; j += Transpose.SIZE) {
                int rows = Math.min(Transpose.SIZE, panelWidth - j);
                long from = source + j * stride + k * 4L;
                Transpose.block(from, stride, rows, panel, at + k * panelWidth + j, panelWidth, between);
            }
        }
        for (int j = 0; j < used; j++) {
            for (int k = whole; k < depth; k++) {
                panel[at + k * panelWidth + j] = Memory.get(source + j * stride + k * 4L);
            }
        }
        for (int k = 0; k < depth && used < panelWidth; k++) {
            java.util.Arrays.fill(panel, at + k * panelWidth + used, at + (k + 1) * panelWidth, 0f);
        }
    }

    /** Multiplies what was packed; nothing is done for 1. */
    static void scale(float[] panels, int at, int count, float factor) {
        if (factor == 1) {
            return;
        }
        int whole = Lanes.floor(count);
        for (int i = 0; i < whole; i += Lanes.COUNT) {
            FloatVector.fromArray(Lanes.SPECIES, panels, at + i).mul(factor).intoArray(panels, at + i);
        }
        for (int i = whole; i < count; i++) {
            panels[at + i] *= factor;
        }
    }
}
