package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.F32Row;
import dev.errata.kernels.machine.F32Tile;
import dev.errata.kernels.machine.MachineCode;
import dev.errata.kernels.machine.Routine;
import java.util.List;
import java.util.function.Function;

/** Products of f32 by machine code: {@link Tile}'s chains, so its bits, of operands that needn't be packed first. */
final class VectorF32 {
    static final int ROWS = F32Tile.MOST_ROWS;
    private static final int PANELS = F32Row.MOST_PANELS;

    private static final List<F32Tile.Left> LEFT = List.of(F32Tile.Left.values());
    private static final List<F32Tile.Right> RIGHT = List.of(F32Tile.Right.values());
    private static final long EDGE_STRIDE = F32Tile.COLUMNS * 4L;

    private final TileFunctions tiles;
    private final TileFunctions rows;

    /**
     * @param loader makes functions of listings
     */
    VectorF32(Function<List<MachineCode>, List<Routine>> loader) {
        tiles = new TileFunctions(LEFT.size() * RIGHT.size(), ROWS, loader);
        rows = new TileFunctions(RIGHT.size(), PANELS, loader);
    }

    /**
     * c [1, panels · 32] = (or +=) a · B, as {@link #multiply} has it, by panels at equal distances.
     *
     * @param a a row of F32
     * @param apart bytes from each panel to the next
     */
    void multiplyRow(long a, PanelPlace first, long apart, int panels, int depth, long c, boolean adds) {
        int form = RIGHT.indexOf(first.form());
        Routine[] known = rows.known(form);
        Routine[] routines = known != null ? known : rows.make(form, count -> new F32Row(count, first.form()).code());
        for (int panel = 0; panel < panels; panel += PANELS) {
            int count = Math.min(PANELS, panels - panel);
            long b = first.address() + panel * apart;
            long to = c + panel * EDGE_STRIDE;
            routines[count - 1].call(a, b, apart, depth, to, adds ? 1 : 0, 0, 0);
        }
    }

    private Routine[] tiles(F32Tile.Left left, F32Tile.Right right) {
        int form = LEFT.indexOf(left) * RIGHT.size() + RIGHT.indexOf(right);
        Routine[] known = tiles.known(form);
        return known != null ? known : tiles.make(form, rows -> new F32Tile(rows, left, right).code());
    }

    /**
     * c [rows, columns] = (or +=) A · B: each element is one FMA chain, k increasing, from 0 or from what is there.
     *
     * @param from the first row of A
     * @param columns at most 32, as many as B has a panel of
     * @param c F32, rows {@code stride} bytes apart
     * @param after where what comes after this will be written
     */
    void multiply(
            LeftPlace a,
            int from,
            int rows,
            PanelPlace b,
            int depth,
            int columns,
            long c,
            long stride,
            boolean adds,
            long after,
            Scratch mine) {
        Routine[] routines = tiles(a.form(), b.form());
        for (int row = 0; row < rows; row += ROWS) {
            int count = Math.min(ROWS, rows - row);
            Routine routine = routines[count - 1];
            long to = c + row * stride;
            if (columns == F32Tile.COLUMNS) {
                routine.call(a.row(from + row), a.stride(), b.address(), depth, to, stride, adds ? 1 : 0, b.stride());
                continue;
            }
            long edge = mine.edge();
            for (int i = 0; adds && i < count; i++) {
                Memory.copy(to + i * stride, edge + i * EDGE_STRIDE, columns * 4L);
            }
            routine.call(
                    a.row(from + row),
                    a.stride(),
                    b.address(),
                    depth,
                    edge,
                    EDGE_STRIDE,
                    adds ? 1 : 0,
                    b.stride(),
                    edge,
                    0);
            for (int i = 0; i < count; i++) {
                Memory.copy(edge + i * EDGE_STRIDE, to + i * stride, columns * 4L);
            }
        }
    }
}
