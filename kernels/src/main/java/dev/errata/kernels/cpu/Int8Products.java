package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.Int8Tile;
import dev.errata.kernels.machine.Routine;
import dev.errata.tensor.DType;
import dev.errata.tensor.HostMemory;
import dev.errata.tensor.MemoryPool;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import dev.errata.tensor.ggml.GgmlType;
import java.util.List;

/**
 * Products of rows that are rounded to 8 bits a block with the codes of a weight in GGML's blocks ({@link
 * Weight.Ggml#eightBitRows}): by machine code where the processor has the unit for it and the format suits, else by {@link
 * PlainInt8}, to the same bits. Integers are added exactly, so an element is a chain of one FMA a run of elements, and of one more
 * where the format has minima, whatever the rows beside it and the threads.
 */
final class Int8Products {
    private static final int ROWS = Int8Tile.MOST_ROWS;
    /** Rows of a task at most, so that they stay in the second cache. */
    private static final int CACHED_ROWS = 84 * ROWS;

    private static final int TILE_STRIDE = Tile.COLUMNS * 4;
    private static final int ROUNDED = 8;
    /** Room for the scales and minima of a unit's runs. */
    private static final long UNIT_FLOATS = 2L * PanelUnits.MOST_RUNS * Tile.COLUMNS;

    /** Null without machine code. */
    private final MachineKernels kernels;

    private final Workers workers;
    private final Scratch[] scratch;
    private final WideOperands wide;
    private final Room left;

    /**
     * @param kernels null where everything is computed on the Vector API
     */
    Int8Products(MachineKernels kernels, Workers workers, Scratch[] scratch, WideOperands wide, MemoryPool pool) {
        this.kernels = kernels;
        this.workers = workers;
        this.scratch = scratch;
        this.wide = wide;
        left = new Room("rows of a product in 8 bits", pool);
    }

    /**
     * A weight and the result [m, n], F32, BF16 or F16.
     *
     * @param packing how a panel of a weight that was not prepared is made; null where panels lie
     * @param first the number of its first panel among those of all sides of a product
     * @param code functions for each number of rows; null on the Vector API
     * @param tiles functions for many rows; null without AMX
     */
    record Side(
            Weight weight,
            GgmlPanels packing,
            CodedPanels form,
            List<Routine> code,
            AmxInt8 tiles,
            Elements c,
            int first,
            boolean accumulate) {
        int n() {
            return weight.out();
        }

        int panels() {
            return Tile.columnPanels(n());
        }
    }

    /** Whether layers of one input can be one product: they read the rows' codes alike. */
    static boolean suitTogether(Weight one, Weight other) {
        return form(one).run() == form(other).run()
                && form(one).excess() == form(other).excess();
    }

    /** Whether there is machine code for weights of such blocks. */
    static boolean hasCode(GgmlType type) {
        return type.blockSize() > 1
                && new GgmlPanels(type, type.blockSize(), 1, DType.F32).form().layout() != null;
    }

    private static CodedPanels form(Weight weight) {
        return switch (weight) {
            case Weight.Ggml w -> packing(w).form();
            case PanelWeight w -> (CodedPanels) w.form();
            case Weight.Dense _, Weight.FourBit _, Weight.Prepared _ -> throw new IllegalArgumentException(weight + "");
        };
    }

    /** Of one panel. */
    private static GgmlPanels packing(Weight.Ggml w) {
        return new GgmlPanels(w.type(), w.in(), 1, w.dtype());
    }

    Side side(Weight weight, Tensor c, int first, boolean accumulate) {
        GgmlPanels packing = weight instanceof Weight.Ggml w ? packing(w) : null;
        CodedPanels form = packing == null ? form(weight) : packing.form();
        List<Routine> code = kernels == null ? null : kernels.int8(form.layout());
        AmxInt8 tiles = kernels == null ? null : kernels.amxInt8(form.layout(), form.excess());
        Elements elements = Elements.of(c, (long) c.rows() * weight.out());
        return new Side(weight, packing, form, code, tiles, elements, first, accumulate);
    }

    /**
     * c = (or +=) x · Wᵀ for each side, of weights that {@link #suitTogether}.
     *
     * @param x F32 or BF16 [m, in]
     */
    void multiply(Tensor x, List<Side> sides) {
        Side last = sides.getLast();
        int panels = last.first + last.panels();
        int all = x.rows();
        if (all == 0 || panels == 0) {
            return;
        }
        int most = WideOperands.rowsAtATime(x, x);
        for (int row = 0; row < all; row += most) {
            int rows = Math.min(most, all - row);
            multiply(rounded(x, row, rows, sides.getFirst().form), row, sides, panels);
        }
    }

    private EightBitRows rounded(Tensor x, int row, int rows, CodedPanels form) {
        int in = x.columns();
        long from = wide.left(x, row, rows);
        long stride = EightBitRows.stride(in, form.run());
        EightBitRows made = new EightBitRows(left.floats(rows * stride / 4), stride, rows, in, form.run());
        int excess = form.excess();
        Routine blocks = kernels == null ? null : kernels.int8Blocks(form.run());
        workers.parallelFor(Workers.tasks(rows, ROUNDED), (task, worker) -> {
            int first = task * ROUNDED;
            made.write(first, Math.min(ROUNDED, rows - first), from + first * (in * 4L), excess, blocks);
        });
        return made;
    }

    private void multiply(EightBitRows a, int row, List<Side> sides, int panels) {
        boolean many = a.rows() > ROWS && sides.stream().allMatch(side -> side.tiles != null);
        TileTasks.run(
                panels,
                a.rows(),
                many ? AmxInt8.ROWS : ROWS,
                CACHED_ROWS,
                workers,
                scratch,
                (panel, end, from, to, mine) -> multiply(a, row, sides, panel, end, from, to, mine));
    }

    private void multiply(
            EightBitRows a, int row, List<Side> sides, int panel, int panelEnd, int from, int end, Scratch mine) {
        for (Side side : sides) {
            int last = Math.min(panelEnd - side.first, side.panels());
            for (int j = Math.max(0, panel - side.first); j < last; j++) {
                multiply(a, row, side, j, from, end, mine);
            }
        }
    }

    private void multiply(EightBitRows a, int row, Side side, int panel, int from, int end, Scratch mine) {
        long base = base(side, panel, mine);
        int which = side.weight instanceof PanelWeight ? panel : 0;
        Elements c = side.c;
        int column = panel * Tile.COLUMNS;
        int columns = Math.min(Tile.COLUMNS, side.n() - column);
        boolean inPlace = c.dtype() == DType.F32 && columns == Tile.COLUMNS;
        boolean byTiles = side.tiles != null && (end - from > ROWS || side.code == null);
        AmxInt8.Panel tiled = mine.amxPanel;
        if (byTiles) {
            side.tiles.fill(tiled, side.form, side.form.unit(base, which), a.in(), mine);
        }
        long room = byTiles ? 0 : side.code != null ? mine.pairs(UNIT_FLOATS) : scales(a, side.form, base, which, mine);
        int most = byTiles ? AmxInt8.ROWS : ROWS;
        for (int i = from; i < end; i += most) {
            int count = Math.min(most, end - i);
            long first = (long) (row + i) * side.n() + column;
            long to = inPlace ? c.target(first, 0) : mine.edge();
            long stride = inPlace ? side.n() * 4L : TILE_STRIDE;
            if (!inPlace && side.accumulate) {
                c.copyRowsOut(first, side.n(), count, columns, to, stride, mine);
            }
            if (byTiles) {
                side.tiles.multiply(a, i, count, tiled, to, stride, side.accumulate);
            } else if (side.code != null) {
                long at = side.form.unit(base, which);
                int units = a.in() / side.form.inputsPerUnit();
                long adds = side.accumulate ? 1 : 0;
                side.code
                        .get(count - 1)
                        .call(a.numbers(i), a.codes(i), a.stride(), at, units, room, to, stride, adds, 0);
            } else {
                PlainInt8.multiply(a, i, count, side.form, base, which, room, to, stride, side.accumulate, mine);
            }
            if (!inPlace) {
                c.storeRows(to, stride, count, columns, first, side.n(), mine);
            }
        }
    }

    /** The scales of a panel [runs][COLUMNS], and its minima behind them. */
    private static long scales(EightBitRows a, CodedPanels form, long base, int panel, Scratch mine) {
        int runs = a.in() / a.run();
        int floats = runs * Tile.COLUMNS;
        float[] factors = mine.scales(2 * floats);
        form.scales().read(base, panel, 0, runs, factors, 0, floats);
        long to = mine.pairs(2L * floats);
        Memory.setFloats(to, factors, form.hasMinima() ? 2 * floats : floats);
        return to;
    }

    /** Where panels lie; or a panel of a weight that was not prepared, made now. */
    private static long base(Side side, int panel, Scratch mine) {
        if (side.weight instanceof PanelWeight w) {
            return w.base();
        }
        Weight.Ggml w = (Weight.Ggml) side.weight;
        long to = mine.blocks(side.packing.bytes() / 4);
        Memory.zero(to, side.packing.bytes());
        long source = HostMemory.of(w.blocks()).address();
        long stride = (long) w.in() / w.type().blockSize() * w.type().blockBytes();
        long zeros = mine.floats(Math.ceilDiv(stride, 4L));
        Memory.zero(zeros, stride);
        for (int lane = 0; lane < Lanes.COUNT; lane++) {
            int one = panel * Tile.COLUMNS + lane;
            int other = one + Lanes.COUNT;
            long x = one < w.out() ? source + one * stride : zeros;
            long y = other < w.out() ? source + other * stride : zeros;
            side.packing.pack(x, y, to, 0, lane);
        }
        return to;
    }
}
