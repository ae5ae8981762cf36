package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.Bf16Tile;
import dev.errata.kernels.machine.ProcessorUnit;

/** What multiplies rows of bf16 with a panel of bf16: a unit of the processor, by functions of machine code. */
interface Bf16Unit {
    ProcessorUnit unit();

    /** Rows that are multiplied with what a panel has in registers. */
    int rows();

    /** Rows at a time where results go through scratch. */
    int rowsInScratch();

    /** k is filled up with zeros to a multiple of this. */
    int steps();

    /** Whether panels are multiplied as they lie in this order; the other one is {@link Bf16Tile.Order#STEPS}. */
    boolean takes(Bf16Tile.Order order);

    /**
     * c [rows][COLUMNS] = (or +=) A · a panel.
     *
     * @param a rows of bf16, {@code stride} bytes apart
     * @param pairs of steps, a multiple of {@link #steps} / 2, at least 1
     * @param c F32, rows {@code cStride} bytes apart
     */
    void multiply(
            long a, long stride, int rows, long b, Bf16Tile.Order order, int pairs, long c, long cStride, boolean adds);
}
