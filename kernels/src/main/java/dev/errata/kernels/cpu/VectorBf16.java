package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.Bf16Tile;
import dev.errata.kernels.machine.MachineCode;
import dev.errata.kernels.machine.ProcessorUnit;
import dev.errata.kernels.machine.Routine;
import java.util.List;
import java.util.function.Function;

/** Products of bf16 by vdpbf16ps. */
final class VectorBf16 implements Bf16Unit {
    private static final int ROWS = Bf16Tile.MOST_ROWS;
    private static final List<Bf16Tile.Order> ORDERS = List.of(Bf16Tile.Order.values());

    private final TileFunctions tiles;

    /**
     * @param loader makes functions of listings
     */
    VectorBf16(Function<List<MachineCode>, List<Routine>> loader) {
        tiles = new TileFunctions(ORDERS.size(), ROWS, loader);
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
        int form = ORDERS.indexOf(order);
        Routine[] known = tiles.known(form);
        Routine[] routines = known != null ? known : make(form, order);
        for (int i = 0; i < rows; i += ROWS) {
            int count = Math.min(ROWS, rows - i);
            routines[count - 1].call(a + i * stride, stride, b, pairs, c + i * cStride, cStride, adds ? 1 : 0, bStride);
        }
    }

    private Routine[] make(int form, Bf16Tile.Order order) {
        return tiles.make(form, rows -> new Bf16Tile(rows, order).code());
    }
}
