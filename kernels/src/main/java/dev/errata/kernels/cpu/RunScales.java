package dev.errata.kernels.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The scales of runs of elements, and what is added after them, as a format stores them. */
sealed interface RunScales {
    boolean hasMinima();

    /**
     * Scales of runs {@code first} on: to[i · COLUMNS + o] for output o, and what is added, if anything, from {@code mins} on.
     */
    void read(long base, int panel, int first, int runs, float[] to, int mins);

    /**
     * F32 [run][outputs].
     *
     * @param offset where the first panel's lie
     */
    record Floats(long offset, int steps) implements RunScales {
        @Override
        public boolean hasMinima() {
            return false;
        }

        @Override
        public void read(long base, int panel, int first, int runs, float[] to, int mins) {
            long from = base + offset + ((long) panel * steps + first) * Tile.COLUMNS * 4;
            for (int i = 0; i < runs * Tile.COLUMNS; i += Lanes.COUNT) {
                FloatVector.fromMemorySegment(Lanes.SPECIES, Memory.ALL, from + i * 4L, Lanes.ORDER)
                        .intoArray(to, i);
            }
        }
    }

    /**
     * F16 numbers.
     *
     * @param minima null where nothing is added
     */
    record Halves(Plane scales, Plane minima) implements RunScales {
        @Override
        public boolean hasMinima() {
            return minima != null;
        }

        @Override
        public void read(long base, int panel, int first, int runs, float[] to, int mins) {
            widen(scales.words(base, panel, first), runs, to, 0);
            if (minima != null) {
                widen(minima.words(base, panel, first), runs, to, mins);
            }
        }
    }

    /**
     * Small integers times the F16 number of their block of 256: the scale is d · s, what is added −(dmin · m).
     *
     * @param perBlock runs in a block
     * @param signed whether the scales are signed
     */
    record Products(int perBlock, Plane blockScales, Plane blockMinima, Plane scales, Plane minima, boolean signed)
            implements RunScales {
        @Override
        public boolean hasMinima() {
            return minima != null;
        }

        @Override
        public void read(long base, int panel, int first, int runs, float[] to, int mins) {
            for (int i = 0; i < runs; i++) {
                int run = first + i;
                int block = run / perBlock;
                product(
                        blockScales.words(base, panel, block),
                        scales.words(base, panel, run),
                        scales.bits(),
                        run % scales.perWord(),
                        signed,
                        to,
                        i * Tile.COLUMNS);
                if (minima != null) {
                    int at = mins + i * Tile.COLUMNS;
                    product(
                            blockMinima.words(base, panel, block),
                            minima.words(base, panel, run),
                            minima.bits(),
                            run % minima.perWord(),
                            false,
                            to,
                            at);
                    negate(to, at);
                }
            }
        }
    }

    private static void widen(long words, int count, float[] to, int at) {
        for (int i = 0; i < count; i++) {
            IntVector pairs =
                    IntVector.fromMemorySegment(Lanes.INTS, Memory.ALL, words + i * (Lanes.COUNT * 4L), Lanes.ORDER);
            HalfMath.f16(pairs).intoArray(to, at + i * Tile.COLUMNS);
            HalfMath.f16(pairs.lanewise(VectorOperators.LSHR, 16)).intoArray(to, at + i * Tile.COLUMNS + Lanes.COUNT);
        }
    }

    /** One run's: the number at {@code step} of the words times the F16 one of the block. */
    private static void product(long blockWords, long words, int bits, int step, boolean signed, float[] to, int at) {
        VectorSpecies<Integer> ints = Lanes.INTS;
        IntVector block = IntVector.fromMemorySegment(ints, Memory.ALL, blockWords, Lanes.ORDER);
        IntVector all = IntVector.fromMemorySegment(ints, Memory.ALL, words, Lanes.ORDER);
        IntVector one = all.lanewise(VectorOperators.LSHL, 32 - (2 * step + 1) * bits);
        IntVector other = all.lanewise(VectorOperators.LSHL, 32 - (2 * step + 2) * bits);
        if (signed) {
            one = one.lanewise(VectorOperators.ASHR, 32 - bits);
            other = other.lanewise(VectorOperators.ASHR, 32 - bits);
        } else {
            one = one.lanewise(VectorOperators.LSHR, 32 - bits);
            other = other.lanewise(VectorOperators.LSHR, 32 - bits);
        }
        HalfMath.f16(block)
                .mul((FloatVector) one.convert(VectorOperators.I2F, 0))
                .intoArray(to, at);
        HalfMath.f16(block.lanewise(VectorOperators.LSHR, 16))
                .mul((FloatVector) other.convert(VectorOperators.I2F, 0))
                .intoArray(to, at + Lanes.COUNT);
    }

    private static void negate(float[] to, int at) {
        FloatVector.fromArray(Lanes.SPECIES, to, at).neg().intoArray(to, at);
        FloatVector.fromArray(Lanes.SPECIES, to, at + Lanes.COUNT).neg().intoArray(to, at + Lanes.COUNT);
    }
}
