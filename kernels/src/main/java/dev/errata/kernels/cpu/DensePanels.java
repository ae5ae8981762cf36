package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Elements as they are: F32 one after another; BF16 and F16 as in a {@link Plane} of 16 bits.
 *
 * @param dtype F32, BF16 or F16
 */
record DensePanels(DType dtype, int in) implements PanelForm {
    private static final VectorSpecies<Float> F = Lanes.SPECIES;
    private static final VectorSpecies<Integer> I = Lanes.INTS;
    private static final int W = Lanes.COUNT;
    private static final int UPPER = 0xFFFF_0000;

    long panelBytes() {
        return (long) in * Tile.COLUMNS * dtype.bytes();
    }

    long at(long base, int panel, int k) {
        return base + panel * panelBytes() + (long) k * Tile.COLUMNS * dtype.bytes();
    }

    /** Inputs {@code k} on of one output, an element at a time: a vector holds other outputs too. */
    void output(long base, int panel, int o, int k, int depth, long to) {
        long row = at(base, panel, k);
        switch (dtype) {
            case F32 -> {
                for (int i = 0; i < depth; i++) {
                    Memory.setInt(to + i * 4L, Memory.getInt(row + ((long) i * Tile.COLUMNS + o) * 4));
                }
            }
            case BF16 -> {
                for (int i = 0; i < depth; i++) {
                    Memory.setInt(to + i * 4L, half(row, i, o) << 16);
                }
            }
            case F16 -> {
                for (int i = 0; i < depth; i++) {
                    Memory.set(to + i * 4L, Float.float16ToFloat((short) half(row, i, o)));
                }
            }
            case F64, I64, I32, I16, I8, U8, BOOL -> throw new AssertionError(dtype);
        }
    }

    /** The 16 bits of an element: the lower halves of a vector of integers hold the first outputs. */
    private static int half(long row, int k, int o) {
        return Memory.getShort(row + k * (W * 4L) + (o % W) * 4L + o / W * 2L);
    }

    @Override
    public void widen(long base, int panel, int k, int depth, float[] to, int at, Scratch mine) {
        long from = at(base, panel, k);
        switch (dtype) {
            case F32 -> copy(from, depth * Tile.COLUMNS, to, at);
            case BF16 -> bf16(from, depth, to, at);
            case F16 -> HalfMath.pairs(from, depth, to, at);
            case F64, I64, I32, I16, I8, U8, BOOL -> throw new AssertionError(dtype);
        }
    }

    private static void copy(long from, int count, float[] to, int at) {
        for (int i = 0; i < count; i += W) {
            FloatVector.fromMemorySegment(F, Memory.ALL, from + i * 4L, Lanes.ORDER)
                    .intoArray(to, at + i);
        }
    }

    private static void bf16(long from, int depth, float[] to, int at) {
        for (int k = 0; k < depth; k++) {
            IntVector pairs = IntVector.fromMemorySegment(I, Memory.ALL, from + k * (W * 4L), Lanes.ORDER);
            pairs.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().intoArray(to, at + k * (2 * W));
            pairs.and(UPPER).reinterpretAsFloats().intoArray(to, at + k * (2 * W) + W);
        }
    }

    @Override
    public boolean multiplies(int height) {
        return height <= DirectPanels.MOST_ROWS && dtype != DType.F16;
    }

    @Override
    public void multiply(
            float[] a, int height, long base, int panel, int other, int k, int depth, float[] tiles, Scratch mine) {
        boolean floats = dtype == DType.F32;
        if (height == 1) {
            DirectPanels.one(floats, a, 0, at(base, panel, k), at(base, other, k), depth, tiles);
            return;
        }
        DirectPanels.some(floats, a, 0, height, at(base, panel, k), depth, tiles, 0);
        if (other != panel) {
            DirectPanels.some(floats, a, 0, height, at(base, other, k), depth, tiles, height * Tile.COLUMNS);
        }
    }
}
