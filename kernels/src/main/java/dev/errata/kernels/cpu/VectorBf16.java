package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.Bf16Tile;
import dev.errata.kernels.machine.MachineCode;
import dev.errata.kernels.machine.ProcessorUnit;
import dev.errata.kernels.machine.Routine;
import java.util.ArrayList;
import java.util.List;

/**
 * Products of bf16 by vdpbf16ps.
 *
 * @param routines those of {@link #codes}
 */
record VectorBf16(List<Routine> routines) implements Bf16Unit {
    private static final int ROWS = Bf16Tile.MOST_ROWS;
    private static final List<Bf16Tile.Order> ORDERS = List.of(Bf16Tile.Order.values());

    /** {@link Bf16Tile} of each number of rows, in all orders. */
    static List<MachineCode> codes() {
        List<MachineCode> codes = new ArrayList<>();
        for (Bf16Tile.Order order : ORDERS) {
            for (int rows = 1; rows <= ROWS; rows++) {
                codes.add(new Bf16Tile(rows, order).code());
            }
        }
        return codes;
    }

    @Override
    public ProcessorUnit unit() {
        return ProcessorUnit.VDPBF16PS;
    }

    @Override
    public int rows() {
        return ROWS;
    }

    @Override
    public int rowsInScratch() {
        return ROWS;
    }

    @Override
    public int steps() {
        return 2;
    }

    @Override
    public boolean takes(Bf16Tile.Order order) {
        return true;
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
        multiply(a, stride, rows, b, 0, order, pairs, c, cStride, adds);
    }

    /** The same with 32 columns of a matrix [2 · pairs][n] as it lies, whose rows are {@code bStride} bytes apart. */
    void multiplyRows(
            long a, long stride, int rows, long b, long bStride, int pairs, long c, long cStride, boolean adds) {
        multiply(a, stride, rows, b, bStride, Bf16Tile.Order.ROWS, pairs, c, cStride, adds);
    }

    private void multiply(
            long a,
            long stride,
            int rows,
            long b,
            long bStride,
            Bf16Tile.Order order,
            int pairs,
            long c,
            long cStride,
            boolean adds) {
        int first = ORDERS.indexOf(order) * ROWS - 1;
        for (int i = 0; i < rows; i += ROWS) {
            int count = Math.min(ROWS, rows - i);
            routines.get(first + count)
                    .call(a + i * stride, stride, b, pairs, c + i * cStride, cStride, adds ? 1 : 0, bStride);
        }
    }
}
