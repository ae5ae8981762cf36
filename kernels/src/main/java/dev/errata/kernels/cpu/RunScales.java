package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.Int8Tile;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** The scales of runs of elements, and what is added after them, as a format stores them. */
sealed interface RunScales {
    boolean hasMinima();

    /**
     * Scales of runs {@code first} on: to[at + i · COLUMNS + o] for output o, and what is added, if anything, from {@code mins} on.
     */
    void read(long base, int panel, int first, int runs, float[] to, int at, int mins);

    /** Where they lie in a unit, for products by machine code; null where these don't read them. */
    Int8Tile.RunNumbers numbers();

    /**
     * F32 numbers.
     *
     * @param offset where they lie in a unit
     * @param perUnit runs of a unit
     */
    record Floats(PanelUnits units, long offset, int perUnit) implements RunScales {
        /** Where those of a run lie. */
        long at(long base, int panel, int run) {
            return units.at(base, panel, run / perUnit) + offset + run % perUnit * (2 * Plane.WORDS);
        }

        @Override
        public boolean hasMinima() {
            return false;
        }

        @Override
        public Int8Tile.RunNumbers numbers() {
            return null;
        }

        @Override
        public void read(long base, int panel, int first, int runs, float[] to, int at, int mins) {
            for (int i = 0; i < runs; i++) {
                long from = at(base, panel, first + i);
                int row = at + i * Tile.COLUMNS;
                FloatVector.fromMemorySegment(Lanes.SPECIES, Memory.ALL, from, Lanes.ORDER)
                        .intoArray(to, row);
                FloatVector.fromMemorySegment(Lanes.SPECIES, Memory.ALL, from + Plane.WORDS, Lanes.ORDER)
                        .intoArray(to, row + Lanes.COUNT);
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
        public Int8Tile.RunNumbers numbers() {
            return new Int8Tile.RunNumbers((int) scales.offset(), offset(minima), -1, -1, false);
        }

        @Override
        public void read(long base, int panel, int first, int runs, float[] to, int at, int mins) {
            widen(scales, base, panel, first, runs, to, at);
            if (minima != null) {
                widen(minima, base, panel, first, runs, to, mins);
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
        public Int8Tile.RunNumbers numbers() {
            return scales.bits() != 8
                    ? null
                    : new Int8Tile.RunNumbers(
                            (int) blockScales.offset(),
                            offset(blockMinima),
                            (int) scales.offset(),
                            offset(minima),
                            signed);
        }

        @Override
        public void read(long base, int panel, int first, int runs, float[] to, int at, int mins) {
            int end = first + runs;
            for (int run = first; run < end; ) {
                int block = run / perBlock;
                int count = Math.min(end, (block + 1) * perBlock) - run;
                int row = (run - first) * Tile.COLUMNS;
                products(
                        blockScales.words(base, panel, block),
                        1,
                        scales,
                        base,
                        panel,
                        run,
                        count,
                        signed,
                        to,
                        at + row);
                if (minima != null) {
                    long words = blockMinima.words(base, panel, block);
                    products(words, -1, minima, base, panel, run, count, false, to, mins + row);
                }
                run += count;
            }
        }
    }

    private static int offset(Plane plane) {
        return plane == null ? -1 : (int) plane.offset();
    }

    private static void widen(Plane halves, long base, int panel, int first, int count, float[] to, int at) {
        for (int i = 0; i < count; i++) {
            HalfMath.pairs(halves.words(base, panel, first + i), 1, to, at + i * Tile.COLUMNS);
        }
    }

    /** Those of runs of one block: its F16 number times {@code sign} times theirs. */
    private static void products(
            long blockWords,
            float sign,
            Plane numbers,
            long base,
            int panel,
            int run,
            int count,
            boolean signed,
            float[] to,
            int at) {
        HalfMath.pairs(blockWords, 1, to, at);
        FloatVector d0 = FloatVector.fromArray(Lanes.SPECIES, to, at).mul(sign);
        FloatVector d1 =
                FloatVector.fromArray(Lanes.SPECIES, to, at + Lanes.COUNT).mul(sign);
        int bits = numbers.bits();
        for (int i = 0; i < count; i++) {
            long words = numbers.words(base, panel, run + i);
            int shift = 32 - (2 * ((run + i) % numbers.perWord()) + 1) * bits;
            IntVector all = IntVector.fromMemorySegment(Lanes.INTS, Memory.ALL, words, Lanes.ORDER);
            IntVector one = all.lanewise(VectorOperators.LSHL, shift);
            IntVector other = all.lanewise(VectorOperators.LSHL, shift - bits);
            if (signed) {
                one = one.lanewise(VectorOperators.ASHR, 32 - bits);
                other = other.lanewise(VectorOperators.ASHR, 32 - bits);
            } else {
                one = one.lanewise(VectorOperators.LSHR, 32 - bits);
                other = other.lanewise(VectorOperators.LSHR, 32 - bits);
            }
            int row = at + i * Tile.COLUMNS;
            d0.mul((FloatVector) one.convert(VectorOperators.I2F, 0)).intoArray(to, row);
            d1.mul((FloatVector) other.convert(VectorOperators.I2F, 0)).intoArray(to, row + Lanes.COUNT);
        }
    }
}
