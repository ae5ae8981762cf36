package dev.errata.kernels.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Transposes 16 x 16 blocks of 32-bit elements with 512-bit vectors in two rounds of 4 x 4: first elements within quarters
 * of a vector, then quarters. Each round is a small method of its own, with an int[256] between them, so that the
 * compiler keeps all of it in registers.
 */
final class Transpose {
    static final int SIZE = 16;

    private static final VectorSpecies<Integer> I = IntVector.SPECIES_512;
    private static final VectorSpecies<Float> F = FloatVector.SPECIES_512;

    // Element e of the first vector is e, of the second 16 + e.
    private static final int[] PAIRS_LOW = {0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29};
    private static final int[] PAIRS_HIGH = {2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31};
    private static final int[] FOURS_LOW = {0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29};
    private static final int[] FOURS_HIGH = {2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31};
    private static final int[] QUARTERS_LOW = {0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23};
    private static final int[] QUARTERS_HIGH = {8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31};
    private static final int[] HALVES_LOW = {0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23};
    private static final int[] HALVES_HIGH = {8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31};

    private Transpose() {}

    /** Whether this CPU has the vectors for it. */
    static boolean isSupported() {
        return Lanes.COUNT == SIZE;
    }

    /**
     * to[at + k · width + j] = row j, element k of the source, for k below 16 and j below rows.
     *
     * @param rows 4, 8, 12 or 16
     */
    static void block(long source, long stride, int rows, float[] to, int at, int width, int[] between) {
        for (int j = 0; j < rows; j += 4) {
            elements(source + j * stride, stride, between, j * 4);
        }
        for (int k = 0; k < 4; k++) {
            quarters(between, k * 64, to, at + k * width, 4 * width, rows);
        }
    }

    /** The same from 16 rows of 16 in an array to another. */
    static void block(float[] from, float[] to, int[] between) {
        for (int j = 0; j < SIZE; j += 4) {
            elements(from, j * SIZE, SIZE, between, j * 4);
        }
        for (int k = 0; k < 4; k++) {
            quarters(between, k * 64, to, k * SIZE, 4 * SIZE, SIZE);
        }
    }

    /**
     * to[at + o · COLUMNS + i] = from[corner + i · COLUMNS + o] for i below inputs and o below outputs; up to a multiple of 16
     * of both, undefined elements are written.
     */
    static void square(float[] from, int corner, int inputs, int outputs, float[] to, int at, int[] between) {
        if (!isSupported()) {
            for (int o = 0; o < outputs; o++) {
                for (int i = 0; i < inputs; i++) {
                    to[at + o * Tile.COLUMNS + i] = from[corner + i * Tile.COLUMNS + o];
                }
            }
            return;
        }
        for (int o = 0; o < outputs; o += SIZE) {
            for (int i = 0; i < inputs; i += SIZE) {
                for (int j = 0; j < SIZE; j += 4) {
                    elements(from, corner + (i + j) * Tile.COLUMNS + o, Tile.COLUMNS, between, j * 4);
                }
                int corner16 = at + o * Tile.COLUMNS + i;
                for (int k = 0; k < 4; k++) {
                    quarters(between, k * 64, to, corner16 + k * Tile.COLUMNS, 4 * Tile.COLUMNS, SIZE);
                }
            }
        }
    }

    /**
     * Quarter q of between[i · 64 + at] gets element 4q + i of each of 4 rows. Written out for either source: with the rows as
     * arguments, vectors were boxed in one process of eight, wherever this was compiled before its callers took it in.
     */
    private static void elements(long source, long stride, int[] between, int at) {
        IntVector r0 = IntVector.fromMemorySegment(I, Memory.ALL, source, Lanes.ORDER);
        IntVector r1 = IntVector.fromMemorySegment(I, Memory.ALL, source + stride, Lanes.ORDER);
        IntVector r2 = IntVector.fromMemorySegment(I, Memory.ALL, source + 2 * stride, Lanes.ORDER);
        IntVector r3 = IntVector.fromMemorySegment(I, Memory.ALL, source + 3 * stride, Lanes.ORDER);
        IntVector low = IntVector.fromArray(I, PAIRS_LOW, 0);
        IntVector high = IntVector.fromArray(I, PAIRS_HIGH, 0);
        IntVector a = low.selectFrom(r0, r1);
        IntVector b = low.selectFrom(r2, r3);
        IntVector c = high.selectFrom(r0, r1);
        IntVector d = high.selectFrom(r2, r3);
        low = IntVector.fromArray(I, FOURS_LOW, 0);
        high = IntVector.fromArray(I, FOURS_HIGH, 0);
        low.selectFrom(a, b).intoArray(between, at);
        high.selectFrom(a, b).intoArray(between, at + 64);
        low.selectFrom(c, d).intoArray(between, at + 128);
        high.selectFrom(c, d).intoArray(between, at + 192);
    }

    /** The same from rows {@code stride} floats apart in an array. */
    private static void elements(float[] source, int from, int stride, int[] between, int at) {
        IntVector r0 = FloatVector.fromArray(F, source, from).reinterpretAsInts();
        IntVector r1 = FloatVector.fromArray(F, source, from + stride).reinterpretAsInts();
        IntVector r2 = FloatVector.fromArray(F, source, from + 2 * stride).reinterpretAsInts();
        IntVector r3 = FloatVector.fromArray(F, source, from + 3 * stride).reinterpretAsInts();
        IntVector low = IntVector.fromArray(I, PAIRS_LOW, 0);
        IntVector high = IntVector.fromArray(I, PAIRS_HIGH, 0);
        IntVector a = low.selectFrom(r0, r1);
        IntVector b = low.selectFrom(r2, r3);
        IntVector c = high.selectFrom(r0, r1);
        IntVector d = high.selectFrom(r2, r3);
        low = IntVector.fromArray(I, FOURS_LOW, 0);
        high = IntVector.fromArray(I, FOURS_HIGH, 0);
        low.selectFrom(a, b).intoArray(between, at);
        high.selectFrom(a, b).intoArray(between, at + 64);
        low.selectFrom(c, d).intoArray(between, at + 128);
        high.selectFrom(c, d).intoArray(between, at + 192);
    }

    /** Quarter q of four vectors becomes vector q, of which {@code rows} elements are stored. */
    private static void quarters(int[] between, int from, float[] to, int at, int step, int rows) {
        IntVector y0 = IntVector.fromArray(I, between, from);
        IntVector y1 = IntVector.fromArray(I, between, from + 16);
        IntVector y2 = IntVector.fromArray(I, between, from + 32);
        IntVector y3 = IntVector.fromArray(I, between, from + 48);
        IntVector low = IntVector.fromArray(I, QUARTERS_LOW, 0);
        IntVector high = IntVector.fromArray(I, QUARTERS_HIGH, 0);
        IntVector a = low.selectFrom(y0, y1);
        IntVector b = low.selectFrom(y2, y3);
        IntVector c = high.selectFrom(y0, y1);
        IntVector d = high.selectFrom(y2, y3);
        low = IntVector.fromArray(I, HALVES_LOW, 0);
        high = IntVector.fromArray(I, HALVES_HIGH, 0);
        VectorMask<Float> stored = F.indexInRange(0, rows);
        low.selectFrom(a, b).reinterpretAsFloats().intoArray(to, at, stored);
        high.selectFrom(a, b).reinterpretAsFloats().intoArray(to, at + step, stored);
        low.selectFrom(c, d).reinterpretAsFloats().intoArray(to, at + 2 * step, stored);
        high.selectFrom(c, d).reinterpretAsFloats().intoArray(to, at + 3 * step, stored);
    }
}
