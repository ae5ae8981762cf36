package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.Bf16Tile;
import dev.errata.kernels.machine.Routine;
import dev.errata.kernels.machine.TurnedPairs;
import java.util.List;

/** Panels of a weight in bf16, as machine code reads them. */
sealed interface Bf16Source {
    /**
     * Writes a panel of all {@code steps} of k, pairs of steps beside each other ({@link Bf16Tile.Order#STEPS}); an odd last step has
     * zeros beside it.
     *
     * @param to room for whole {@link #ROOM_STEPS}
     */
    void pairs(int panel, int steps, long to, Scratch mine);

    /** What {@link #pairs} may write is a multiple of so many steps. */
    int ROOM_STEPS = TurnedPairs.SIZE;

    /** The largest number of rows of {@link #multiply}. */
    default int fewRows() {
        return 0;
    }

    /**
     * c [rows][COLUMNS] = (or +=) A · a panel, without writing its pairs; the bits of {@link Bf16Unit#multiply}.
     *
     * @param a rows of bf16, {@code stride} bytes apart
     * @param c F32, rows {@code cStride} bytes apart
     */
    default void multiply(
            long a, long stride, int rows, int panel, int steps, long c, long cStride, boolean adds, Scratch mine) {
        throw new UnsupportedOperationException();
    }

    /**
     * An even number of steps in {@link Bf16Tile.Order#OUTPUTS}.
     *
     * @param few {@link MachineKernels#fewBf16Rows}
     */
    record Dense(DensePanels form, long base, Routine routine, List<Routine> few) implements Bf16Source {
        @Override
        public void pairs(int panel, int steps, long to, Scratch mine) {
            routine.call(form.at(base, panel, 0), to, steps / 2, 0, 0, 0, 0, 0);
        }

        @Override
        public int fewRows() {
            return few.size();
        }

        @Override
        public void multiply(
                long a, long stride, int rows, int panel, int steps, long c, long cStride, boolean adds, Scratch mine) {
            few.get(rows - 1).call(a, stride, form.at(base, panel, 0), steps / 2, c, cStride, adds ? 1 : 0, 0);
        }
    }

    /** Blockwise 4-bit codes. */
    record FourBit(CodedPanels form, long base, MachineKernels.FourBitRoutines routines) implements Bf16Source {
        @Override
        public void pairs(int panel, int steps, long to, Scratch mine) {
            int units = steps / form.inputsPerUnit();
            routines.pairs().call(form.unit(base, panel), units, table(form, mine), to, 0, 0, 0, 0);
        }

        @Override
        public int fewRows() {
            return routines.rows().size();
        }

        @Override
        public void multiply(
                long a, long stride, int rows, int panel, int steps, long c, long cStride, boolean adds, Scratch mine) {
            int units = steps / form.inputsPerUnit();
            long unit = form.unit(base, panel);
            routines.rows().get(rows - 1).call(a, stride, unit, units, table(form, mine), c, cStride, adds ? 1 : 0);
        }
    }

    private static long table(CodedPanels form, Scratch mine) {
        float[] table = form.table();
        long at = mine.blocks(table.length);
        Memory.setFloats(at, table, table.length);
        return at;
    }

    /** Whether panels of a weight with so many inputs are turned round by machine code, which writes whole ones. */
    static boolean turns(int in) {
        return in % TurnedPairs.SIZE == 0;
    }

    /** W of a weight whose panels lie in {@link Bf16Tile.Order#OUTPUTS}: a panel is 32 inputs, a step an output. */
    record Turned(DensePanels form, long base, Routine routine) implements Bf16Source {
        @Override
        public void pairs(int panel, int steps, long to, Scratch mine) {
            long from = form.at(base, 0, panel * TurnedPairs.SIZE);
            routine.call(from, form.panelBytes(), Math.ceilDiv(steps, TurnedPairs.SIZE), to, 0, 0, 0, 0);
            clearBeside(steps, to);
        }
    }

    /**
     * The same of blockwise 4-bit codes, which are first widened as for Wᵀ: whole units, so codes are widened twice where a unit has
     * twice as many inputs as a panel.
     */
    record TurnedFourBit(CodedPanels form, long base, Routine widen, Routine turn) implements Bf16Source {
        /** An input of a panel in bf16. */
        private static final int INPUT_BYTES = TurnedPairs.SQUARE_BYTES / TurnedPairs.SIZE;

        @Override
        public void pairs(int panel, int steps, long to, Scratch mine) {
            int input = panel * TurnedPairs.SIZE;
            int perUnit = form.inputsPerUnit();
            int unit = input / perUnit;
            int before = input % perUnit;
            int units = Math.ceilDiv(before + TurnedPairs.SIZE, perUnit);
            long table = table(form, mine);
            long wide = mine.rows((long) units * perUnit * INPUT_BYTES / Float.BYTES);
            for (int i = 0; i * TurnedPairs.SIZE < steps; i++) {
                widen.call(form.unit(base, i, unit), units, table, wide, 0, 0, 0, 0);
                long square = to + (long) i * TurnedPairs.SQUARE_BYTES;
                turn.call(wide + (long) before * INPUT_BYTES, 0, 1, square, 0, 0, 0, 0);
            }
            clearBeside(steps, to);
        }
    }

    private static void clearBeside(int steps, long to) {
        if (steps % 2 == 1) {
            long last = to + steps / 2 * (Tile.COLUMNS * 4L);
            for (int i = 0; i < Tile.COLUMNS; i++) {
                Memory.setShort(last + i * 4L + 2, (short) 0);
            }
        }
    }
}
