package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.AmxBf16Row;
import dev.errata.kernels.machine.AmxBf16Tile;
import dev.errata.kernels.machine.Bf16Tile;
import dev.errata.kernels.machine.MachineCode;
import dev.errata.kernels.machine.ProcessorUnit;
import dev.errata.kernels.machine.Routine;
import java.util.ArrayList;
import java.util.List;

/**
 * Products of bf16 by AMX's tiles, of one row too, as its sums are in an order of their own.
 *
 * @param routines those of {@link #codes}
 */
record AmxBf16(List<Routine> routines) implements Bf16Unit {
    private static final int ROWS = AmxBf16Tile.MOST_ROWS;
    /** 32 KiB of results: tiles get their shapes anew at each call. */
    private static final int ROWS_IN_SCRATCH = 8 * ROWS;

    /** {@link AmxBf16Tile} of each number of rows. */
    static List<MachineCode> codes() {
        List<MachineCode> codes = new ArrayList<>();
        for (int rows = 1; rows <= ROWS; rows++) {
            codes.add(new AmxBf16Tile(rows).code());
        }
        return codes;
    }

    /** {@link AmxBf16Row} of each number of rows. */
    static List<MachineCode> fewRows() {
        List<MachineCode> codes = new ArrayList<>();
        for (int rows = 1; rows <= AmxBf16Row.MOST_ROWS; rows++) {
            codes.add(new AmxBf16Row(rows).code());
        }
        return codes;
    }

    @Override
    public ProcessorUnit unit() {
        return ProcessorUnit.AMX_BF16;
    }

    @Override
    public int rows() {
        return ROWS;
    }

    @Override
    public int rowsInScratch() {
        return ROWS_IN_SCRATCH;
    }

    @Override
    public int steps() {
        return AmxBf16Tile.STEPS;
    }

    @Override
    public boolean takes(Bf16Tile.Order order) {
        return order == Bf16Tile.Order.STEPS;
    }

    @Override
    public void multiply(
            long a,
            long stride,
            int rows,
            long b,
            Bf16Tile.Order order,
            int pairs,
            long c,
            long cStride,
            boolean adds) {
        int times = pairs * 2 / AmxBf16Tile.STEPS;
        int whole = rows / ROWS;
        int rest = rows % ROWS;
        if (whole > 0) {
            routines.get(ROWS - 1).call(a, stride, b, times, c, cStride, adds ? 1 : 0, whole);
        }
        if (rest > 0) {
            long done = (long) whole * ROWS;
            routines.get(rest - 1)
                    .call(a + done * stride, stride, b, times, c + done * cStride, cStride, adds ? 1 : 0, 1);
        }
    }
}
