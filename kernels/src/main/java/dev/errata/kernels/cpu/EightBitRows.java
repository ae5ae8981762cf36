package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.Int8Blocks;
import dev.errata.kernels.machine.Int8Tile;
import dev.errata.kernels.machine.Routine;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Rows of f32 as signed codes of 8 bits, blocks of 32 of which share a scale: d = largest magnitude / 127, a code the number / d to the
 * nearest integer, ties to even. A row is the {@link Int8Tile#NUMBERS} of each run, then its codes. A number that isn't finite
 * makes its block's scale infinite or NaN, and so what the row gives.
 *
 * @param address of the first row
 * @param stride bytes from a row to the next
 */
record EightBitRows(long address, long stride, int rows, int in, int run) {
    static final int BLOCK = Int8Blocks.BLOCK;

    private static final float LEAST = Int8Blocks.LEAST;

    /** Added and taken away again, it leaves the nearest integer. */
    private static final float ROUND = 0x1.8p23f;

    private static final VectorSpecies<Float> F = Lanes.SPECIES;
    private static final VectorSpecies<Byte> B = ByteVector.SPECIES_128;

    static long stride(int in, int run) {
        return (in / run * (long) Int8Tile.NUMBERS + in + 63) / 64 * 64;
    }

    long numbers(int row) {
        return address + row * stride;
    }

    long codes(int row) {
        return numbers(row) + in / run * (long) Int8Tile.NUMBERS;
    }

    /**
     * Writes rows.
     *
     * @param x F32 [count, in]
     * @param excess what is taken from the codes of a weight: integer sums begin with −excess · sum of the row's codes
     * @param machineCode {@link Int8Blocks} of the run's length, to the same bits but for NaN's, or null
     */
    void write(int first, int count, long x, int excess, Routine machineCode) {
        if (machineCode != null && in > 0 && count > 0) {
            machineCode.call(x, numbers(first), codes(first), stride, in / BLOCK, count, -excess, 0);
            return;
        }
        for (int i = 0; i < count; i++) {
            write(first + i, x + i * (in * 4L), excess);
        }
    }

    private void write(int row, long x, int excess) {
        long numbers = numbers(row);
        long codes = codes(row);
        for (int block = 0; block < in / BLOCK; block++) {
            long from = x + block * (BLOCK * 4L);
            long to = codes + (long) block * BLOCK;
            int runs = BLOCK / run;
            long at = numbers + (long) block * runs * Int8Tile.NUMBERS;
            if (Lanes.COUNT == 16) {
                vectors(from, to, at, excess);
            } else {
                plain(from, to, at, excess);
            }
        }
    }

    /** A block, two vectors. */
    private void vectors(long from, long to, long at, int excess) {
        FloatVector a = FloatVector.fromMemorySegment(F, Memory.ALL, from, Lanes.ORDER);
        FloatVector b = FloatVector.fromMemorySegment(F, Memory.ALL, from + 64, Lanes.ORDER);
        float largest = a.abs().max(b.abs()).reduceLanes(VectorOperators.MAX);
        float inverse = inverse(largest);
        IntVector x = (IntVector) a.mul(inverse).add(ROUND).sub(ROUND).convert(VectorOperators.F2I, 0);
        IntVector y = (IntVector) b.mul(inverse).add(ROUND).sub(ROUND).convert(VectorOperators.F2I, 0);
        x.convertShape(VectorOperators.I2B, B, 0).reinterpretAsBytes().intoMemorySegment(Memory.ALL, to, Lanes.ORDER);
        y.convertShape(VectorOperators.I2B, B, 0)
                .reinterpretAsBytes()
                .intoMemorySegment(Memory.ALL, to + 16, Lanes.ORDER);
        int first = x.reduceLanes(VectorOperators.ADD);
        int second = y.reduceLanes(VectorOperators.ADD);
        float d = scale(largest);
        if (run == BLOCK) {
            numbers(at, d, first + second, excess);
        } else {
            numbers(at, d, first, excess);
            numbers(at + Int8Tile.NUMBERS, d, second, excess);
        }
    }

    /** The same, number by number. */
    void plain(long from, long to, long at, int excess) {
        float largest = 0;
        for (int i = 0; i < BLOCK; i++) {
            largest = Math.max(largest, Math.abs(Memory.get(from + i * 4L)));
        }
        float inverse = inverse(largest);
        for (int first = 0; first < BLOCK; first += run) {
            int sum = 0;
            for (int i = first; i < first + run; i++) {
                int code = (int) (Memory.get(from + i * 4L) * inverse + ROUND - ROUND);
                Memory.setByte(to + i, code);
                sum += code;
            }
            numbers(at + (long) (first / run) * Int8Tile.NUMBERS, scale(largest), sum, excess);
        }
    }

    /** One NaN for all. */
    private static float scale(float largest) {
        if (Float.isNaN(largest)) {
            return Float.NaN;
        }
        return largest < LEAST ? 0 : largest / 127;
    }

    private static float inverse(float largest) {
        return largest >= LEAST ? 127 / largest : 0;
    }

    private static void numbers(long at, float d, int sum, int excess) {
        Memory.set(at, d);
        Memory.set(at + 4, d * sum);
        Memory.setInt(at + 8, -excess * sum);
        Memory.setInt(at + 12, 0);
    }
}
