package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.Bf16Tile;
import dev.errata.kernels.machine.Routine;

/** Panels of a weight in bf16, as machine code reads them. */
sealed interface Bf16Source {
    /** Writes a panel of all {@code steps} of k, pairs of steps beside each other ({@link Bf16Tile.Order#STEPS}). */
    void pairs(int panel, int steps, long to, Scratch mine);

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

    /** An even number of steps in {@link Bf16Tile.Order#OUTPUTS}. */
    record Dense(DensePanels form, long base, Routine routine) implements Bf16Source {
        @Override
        public void pairs(int panel, int steps, long to, Scratch mine) {
            routine.call(form.at(base, panel, 0), to, steps / 2, 0, 0, 0, 0, 0);
        }
    }

    /** Blockwise 4-bit codes. */
    record FourBit(CodedPanels form, long base, MachineKernels.FourBitRoutines routines) implements Bf16Source {
        @Override
        public void pairs(int panel, int steps, long to, Scratch mine) {
            int units = steps / form.inputsPerUnit();
            routines.pairs().call(form.unit(base, panel), units, table(mine), to, 0, 0, 0, 0);
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
            routines.rows().get(rows - 1).call(a, stride, unit, units, table(mine), c, cStride, adds ? 1 : 0);
        }

        private long table(Scratch mine) {
            float[] table = form.table();
            long at = mine.blocks(table.length);
            Memory.setFloats(at, table, table.length);
            return at;
        }
    }
}
