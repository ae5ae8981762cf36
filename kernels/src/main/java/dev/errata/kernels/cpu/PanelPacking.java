package dev.errata.kernels.cpu;

import jdk.incubator.vector.FloatVector;

/**
 * Copies blocks of matrices into panels: [depth][width] with the sum's index k as the depth, so that the microkernel
 * reads forward only. What lies beyond the matrix becomes zero.
 */
final class PanelPacking {
    private PanelPacking() {}

    /** panel[k][j] = source[k][j] for j below used; the source's rows are {@code stride} bytes apart. */
    static void straight(long source, long stride, int used, int depth, int width, float[] panel, int at) {
        if (used == width && width % Lanes.COUNT == 0) {
            straightFull(source, stride, depth, width, panel, at);
            return;
        }
        for (int k = 0; k < depth; k++) {
            for (int j = 0; j < width; j++) {
                panel[at + k * width + j] = j < used ? Memory.get(source + k * stride + j * 4L) : 0;
            }
        }
    }

    private static void straightFull(long source, long stride, int depth, int width, float[] panel, int at) {
        for (int k = 0; k < depth; k++) {
            for (int j = 0; j < width; j += Lanes.COUNT) {
                FloatVector.fromMemorySegment(Lanes.SPECIES, Memory.ALL, source + k * stride + j * 4L, Lanes.ORDER)
                        .intoArray(panel, at + k * width + j);
            }
        }
    }

    /** panel[k][j] = source[j][k] for j below used; the source's rows are {@code stride} bytes apart. */
    static void transposed(long source, long stride, int used, int depth, int width, float[] panel, int at) {
        for (int j = 0; j < used; j++) {
            long row = source + j * stride;
            for (int k = 0; k < depth; k++) {
                panel[at + k * width + j] = Memory.get(row + k * 4L);
            }
        }
        for (int k = 0; k < depth && used < width; k++) {
            java.util.Arrays.fill(panel, at + k * width + used, at + (k + 1) * width, 0f);
        }
    }
}
