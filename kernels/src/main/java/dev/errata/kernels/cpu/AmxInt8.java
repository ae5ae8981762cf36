package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.AmxInt8Tile;
import dev.errata.kernels.machine.Int8Tile;
import dev.errata.kernels.machine.MachineCode;
import dev.errata.kernels.machine.PanelCodes;
import dev.errata.kernels.machine.Routine;
import java.util.ArrayList;
import java.util.List;

/**
 * Products of rows in 8 bits with codes of one layout by AMX's tiles: a panel is made signed bytes once for all rows of a task.
 *
 * @param routines those of {@link #codes}
 */
record AmxInt8(List<Routine> routines) {
    static final int ROWS = AmxInt8Tile.MOST_ROWS;

    /** {@link PanelCodes}, and {@link AmxInt8Tile} of each number of rows. */
    static List<MachineCode> codes(PanelCodes panel) {
        List<MachineCode> codes = new ArrayList<>();
        codes.add(panel.code());
        Int8Tile.Layout layout = panel.layout();
        for (int rows = 1; rows <= ROWS; rows++) {
            codes.add(new AmxInt8Tile(rows, layout.run(), layout.numbers().hasMinima()).code());
        }
        return codes;
    }

    /** A panel in scratch. A worker has one, for one panel after another. */
    static final class Panel {
        /** Signed bytes, and behind them {@link AmxInt8Tile#ROOM} bytes. */
        private long codes;

        private long scales;
        private long room;
        private int runs;
    }

    /**
     * Makes a panel of a weight signed bytes.
     *
     * @param unit the panel's first
     */
    void fill(Panel panel, CodedPanels form, long unit, int in, Scratch mine) {
        int runs = in / form.run();
        long bytes = PanelCodes.codeBytes(in);
        long codes = mine.pairs((bytes + AmxInt8Tile.ROOM) / 4);
        long scales = mine.floats((form.hasMinima() ? 2L : 1L) * runs * Tile.COLUMNS);
        routines.getFirst().call(unit, in / form.inputsPerUnit(), codes, scales, 0, 0, 0, 0);
        panel.codes = codes;
        panel.scales = scales;
        panel.room = codes + bytes;
        panel.runs = runs;
    }

    /** c [rows][COLUMNS] = (or +=) rows {@code row} on, at most {@link #ROWS}, · the panel; c F32, rows {@code stride} bytes apart. */
    void multiply(EightBitRows a, int row, int rows, Panel panel, long c, long stride, boolean adds) {
        routines.get(rows)
                .call(
                        a.numbers(row),
                        a.codes(row),
                        a.stride(),
                        panel.codes,
                        panel.scales,
                        panel.runs,
                        c,
                        stride,
                        adds ? 1 : 0,
                        panel.room);
    }
}
