package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.Int8Tile;
import jdk.incubator.vector.FloatVector;

/**
 * What {@link Int8Tile} computes, to the same bits, on the Vector API and for every format of integer codes: a run's products are
 * added as floats, which hold such sums exactly.
 */
final class PlainInt8 {
    private PlainInt8() {}

    /**
     * c [rows][COLUMNS] = (or +=) rows · a panel.
     *
     * @param scales [runs][COLUMNS], and minima behind them if the format has any
     */
    static void multiply(
            EightBitRows a,
            int row,
            int rows,
            CodedPanels form,
            long base,
            int panel,
            long scales,
            long c,
            long stride,
            boolean adds,
            Scratch mine) {
        int run = a.run();
        float[] codes = mine.square;
        for (int i = 0; i < rows && !adds; i++) {
            Memory.zero(c + i * stride, Tile.COLUMNS * 4L);
        }
        long minima = scales + (long) a.in() / run * Tile.COLUMNS * 4;
        for (int r = 0; r < a.in() / run; r++) {
            form.unscaled(base, panel, r, codes);
            for (int i = 0; i < rows; i++) {
                long numbers = a.numbers(row + i) + (long) r * Int8Tile.NUMBERS;
                long steps = a.codes(row + i) + (long) r * run;
                for (int o = 0; o < Tile.COLUMNS; o += Lanes.COUNT) {
                    long at = (long) (r * Tile.COLUMNS + o) * 4;
                    run(
                            steps,
                            run,
                            codes,
                            o,
                            numbers,
                            scales + at,
                            form.hasMinima() ? minima + at : 0,
                            c + i * stride + o * 4L);
                }
            }
        }
    }

    private static void run(long steps, int run, float[] codes, int o, long numbers, long scale, long minimum, long c) {
        FloatVector sum = FloatVector.zero(Lanes.SPECIES);
        for (int k = 0; k < run; k++) {
            float x = (byte) Memory.getByte(steps + k);
            sum = FloatVector.fromArray(Lanes.SPECIES, codes, k * Tile.COLUMNS + o)
                    .fma(FloatVector.broadcast(Lanes.SPECIES, x), sum);
        }
        FloatVector all = FloatVector.fromMemorySegment(Lanes.SPECIES, Memory.ALL, c, Lanes.ORDER);
        FloatVector scaled = FloatVector.fromMemorySegment(Lanes.SPECIES, Memory.ALL, scale, Lanes.ORDER)
                .mul(Memory.get(numbers));
        all = sum.fma(scaled, all);
        if (minimum != 0) {
            all = FloatVector.fromMemorySegment(Lanes.SPECIES, Memory.ALL, minimum, Lanes.ORDER)
                    .fma(FloatVector.broadcast(Lanes.SPECIES, Memory.get(numbers + 4)), all);
        }
        all.intoMemorySegment(Memory.ALL, c, Lanes.ORDER);
    }
}
