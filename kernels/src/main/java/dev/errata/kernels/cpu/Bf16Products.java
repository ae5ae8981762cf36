package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.Bf16Tile;
import dev.errata.tensor.DType;
import dev.errata.tensor.MemoryPool;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import java.util.Arrays;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Products of bf16 rows with bf16 weights by a unit of the processor ({@link Bf16Unit}). An element is one chain of the unit's
 * instruction, over pairs of k or 32 of them at a time, from 0 or from what is there, whatever the rows beside it, the form of the weight
 * and the threads. It is another sum than that of {@link Gemm}: f32 too, but in another order, and numbers too small to be normal
 * count as 0.
 */
final class Bf16Products {
    /** Rows of a task at most where panels are multiplied as they lie, so that they stay in the second cache. */
    private static final int CACHED_ROWS = 528;
    /** The same where each task widens its panels again. */
    private static final int WIDENED_ROWS = 2 * CACHED_ROWS;
    /** Steps of a panel that are widened at a time on its way to pairs. */
    private static final int STEPS = 256;

    private static final int PAIR_BYTES = Tile.COLUMNS * 4;
    private static final int COPY_TASK = 64;

    private final MachineKernels kernels;
    private final Bf16Unit unit;
    private final Workers workers;
    private final Scratch[] scratch;
    private final Room left;

    /**
     * @param kernels that have a unit for bf16
     */
    Bf16Products(MachineKernels kernels, Workers workers, Scratch[] scratch, MemoryPool pool) {
        this.kernels = kernels;
        this.unit = kernels.bf16();
        this.workers = workers;
        this.scratch = scratch;
        left = new Room("rows of a product that are copied", pool);
    }

    /**
     * A right side [k, n] whose elements are bf16, and the result [m, n], F32, BF16 or F16.
     *
     * @param source how machine code reads panels that don't lie as the unit takes them, or null where the Vector API widens them
     * @param first the number of its first panel among those of all right sides of a product
     */
    record Side(RightSide b, Bf16Source source, Elements c, int n, int first, boolean accumulate) {
        int panels() {
            return Tile.columnPanels(n);
        }
    }

    /**
     * Rows of bf16, {@code stride} bytes apart.
     *
     * @param pairs of steps, those of zeros with which k is filled up among them
     * @param steps k
     */
    private record Left(long address, long stride, int rows, int pairs, int steps) {}

    /** Whether rows of this type and a weight are multiplied here: both are bf16. */
    static boolean suits(Tensor x, Weight weight) {
        if (x.dtype() != DType.BF16) {
            return false;
        }
        return DType.BF16
                == switch (weight) {
                    case Weight.Dense(Tensor tensor) -> tensor.dtype();
                    case Weight.FourBit w -> w.dtype();
                    case Weight.Ggml w -> w.dtype();
                    case PanelWeight w -> w.form().dtype();
                    case Weight.Prepared other ->
                        throw new IllegalArgumentException("a weight of another backend: " + other);
                };
    }

    /** c = (or +=) x · b. */
    void multiply(Tensor x, RightSide b, Tensor c, boolean accumulate) {
        multiply(x, List.of(side(b, c, 0, accumulate)));
    }

    Side side(RightSide b, Tensor c, int first, boolean accumulate) {
        Elements elements = Elements.of(c, (long) c.rows() * c.columns());
        return new Side(b, b.bf16Source(kernels), elements, c.columns(), first, accumulate);
    }

    /**
     * c = (or +=) x · b for each side.
     *
     * @param x BF16 [m, k]
     */
    void multiply(Tensor x, List<Side> sides) {
        Side last = sides.getLast();
        int panels = last.first + last.panels();
        if (x.rows() == 0 || panels == 0) {
            return;
        }
        Left a = left(x);
        boolean lie = unit.takes(Bf16Tile.Order.OUTPUTS) && sides.stream().allMatch(side -> side.b.liesInPanels());
        TileTasks.run(
                panels,
                a.rows,
                unit.rows(),
                lie ? CACHED_ROWS : WIDENED_ROWS,
                workers,
                scratch,
                (panel, end, row, rowEnd, mine) -> multiply(a, sides, panel, end, row, rowEnd, mine));
    }

    /** The rows where they lie; or a copy that is filled up with zeros, where the unit takes no k like theirs. */
    private Left left(Tensor x) {
        int rows = x.rows();
        int k = x.columns();
        long from = Memory.address(x, DType.BF16, (long) rows * k);
        int pairs = Math.ceilDiv(k, unit.steps()) * (unit.steps() / 2);
        if (2 * pairs == k) {
            return new Left(from, k * 2L, rows, pairs, k);
        }
        long stride = pairs * 4L;
        long to = left.floats((long) rows * pairs);
        workers.parallelFor(Workers.tasks(rows, COPY_TASK), (task, worker) -> {
            for (int row = task * COPY_TASK; row < Math.min(rows, (task + 1) * COPY_TASK); row++) {
                Memory.copy(from + row * (k * 2L), to + row * stride, k * 2L);
                Memory.zero(to + row * stride + k * 2L, stride - k * 2L);
            }
        });
        return new Left(to, stride, rows, pairs, k);
    }

    /** Panels from {@code panel} on by rows from {@code row} on. */
    private void multiply(Left a, List<Side> sides, int panel, int panelEnd, int row, int rowEnd, Scratch mine) {
        for (Side side : sides) {
            int end = Math.min(panelEnd - side.first, side.panels());
            for (int j = Math.max(0, panel - side.first); j < end; j++) {
                multiply(a, side, j * Tile.COLUMNS, row, rowEnd, mine);
            }
        }
    }

    private void multiply(Left a, Side side, int column, int row, int rowEnd, Scratch mine) {
        if (a.pairs == 0) {
            nothing(side, column, row, rowEnd, mine);
            return;
        }
        boolean few = side.source != null && rowEnd - row <= side.source.fewRows();
        Bf16Tile.Order order = Bf16Tile.Order.OUTPUTS;
        long b = unit.takes(order) && a.steps % 2 == 0 ? side.b.bf16Panel(column) : RightSide.NO_PANEL;
        if (b == RightSide.NO_PANEL && !few) {
            order = Bf16Tile.Order.STEPS;
            b = pairs(side, column, a, mine);
        }
        Elements c = side.c;
        int columns = Math.min(Tile.COLUMNS, side.n - column);
        boolean inPlace = c.dtype() == DType.F32 && columns == Tile.COLUMNS;
        int most = inPlace ? rowEnd - row : unit.rowsInScratch();
        long stride = inPlace ? side.n * 4L : PAIR_BYTES;
        for (int i = row; i < rowEnd; i += most) {
            int count = Math.min(most, rowEnd - i);
            long first = (long) i * side.n + column;
            long to = inPlace ? c.target(first, 0) : mine.rows((long) most * Tile.COLUMNS);
            if (!inPlace && side.accumulate) {
                c.copyRowsOut(first, side.n, count, columns, to, stride, mine);
            }
            long from = a.address + i * a.stride;
            if (few) {
                int panel = column / Tile.COLUMNS;
                side.source.multiply(from, a.stride, count, panel, a.steps, to, stride, side.accumulate, mine);
            } else {
                unit.multiply(from, a.stride, count, b, order, a.pairs, to, stride, side.accumulate);
            }
            if (!inPlace) {
                c.storeRows(to, stride, count, columns, first, side.n, mine);
            }
        }
    }

    /** Without a step of k a sum is 0, or what is there. */
    private static void nothing(Side side, int column, int row, int rowEnd, Scratch mine) {
        if (side.accumulate) {
            return;
        }
        int columns = Math.min(Tile.COLUMNS, side.n - column);
        Memory.zero(mine.edge(), PAIR_BYTES);
        for (int i = row; i < rowEnd; i++) {
            side.c.store(mine.edge(), (long) i * side.n + column, columns, mine);
        }
    }

    /** A panel as pairs of steps, those beyond k zeros. */
    private static long pairs(Side side, int column, Left a, Scratch mine) {
        int room = Math.ceilDiv(a.steps, Bf16Source.ROOM_STEPS) * (Bf16Source.ROOM_STEPS / 2);
        long to = mine.pairs((long) Math.max(room, a.pairs) * Tile.COLUMNS);
        int pairs = Math.ceilDiv(a.steps, 2);
        if (side.source != null) {
            side.source.pairs(column / Tile.COLUMNS, a.steps, to, mine);
        } else {
            widenedPairs(side.b, column, a.steps, to, mine);
        }
        Memory.zero(to + (long) pairs * PAIR_BYTES, (long) (a.pairs - pairs) * PAIR_BYTES);
        return to;
    }

    /** Elements are bf16 already; an odd last step has a step of zeros beside it. */
    private static void widenedPairs(RightSide b, int column, int steps, long to, Scratch mine) {
        float[] wide = mine.bPanels((STEPS + 1) * Tile.COLUMNS + RightSide.OVERRUN);
        for (int k = 0; k < steps; k += STEPS) {
            int count = Math.min(STEPS, steps - k);
            b.fill(column, k, count, wide, 0, mine);
            if (count % 2 == 1) {
                Arrays.fill(wide, count * Tile.COLUMNS, (count + 1) * Tile.COLUMNS, 0f);
            }
            pairs(wide, Math.ceilDiv(count, 2), to + k / 2 * (long) PAIR_BYTES);
        }
    }

    /** The upper halves of floats of two steps beside each other. */
    private static void pairs(float[] steps, int count, long to) {
        for (int i = 0; i < 2 * count; i++) {
            int at = (i / 2 * 2 * 2 + i % 2) * Lanes.COUNT;
            IntVector one = FloatVector.fromArray(Lanes.SPECIES, steps, at).reinterpretAsInts();
            IntVector next = FloatVector.fromArray(Lanes.SPECIES, steps, at + Tile.COLUMNS)
                    .reinterpretAsInts();
            one.lanewise(VectorOperators.LSHR, 16)
                    .or(next.and(0xFFFF_0000))
                    .intoMemorySegment(Memory.ALL, to + i * (Lanes.COUNT * 4L), Lanes.ORDER);
        }
    }
}
