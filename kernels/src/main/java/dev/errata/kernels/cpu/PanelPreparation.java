package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.PanelOfRows;
import dev.errata.kernels.machine.Routine;
import dev.errata.tensor.DType;
import dev.errata.tensor.HostMemory;
import dev.errata.tensor.MemoryPool;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;

/** Brings weights into panels, once each, reading what is stored from front to back. */
final class PanelPreparation {
    private static final int DEPTH = 256;
    private static final int RUN = PanelOfRows.RUN;

    /** Inputs that machine code goes through in one call, in which it may have to wait for a file. */
    private static final int MACHINE_DEPTH = 1024;

    private final Workers workers;
    private final Scratch[] scratch;
    private final MachineKernels machine;
    private final Room zeros;

    /**
     * @param machine functions of machine code, or null
     */
    PanelPreparation(Workers workers, Scratch[] scratch, MemoryPool workRoom, MachineKernels machine) {
        zeros = new Room("a row of zeros", workRoom);
        this.workers = workers;
        this.scratch = scratch;
        this.machine = machine;
    }

    /** The weight in panels in the scope's memory; or itself where it has none, is in panels, or can't be. */
    Weight prepare(String name, Weight weight, Scope scope) {
        if (weight.out() == 0 || weight.in() == 0) {
            return weight;
        }
        return switch (weight) {
            case Weight.Dense(Tensor tensor) -> dense(name, tensor, scope);
            case Weight.FourBit w -> FourBitPanels.canHold(w) ? fourBit(name, w, scope) : w;
            case Weight.Ggml w -> ggml(name, w, scope);
            case Weight.Prepared prepared -> prepared;
        };
    }

    private Weight dense(String name, Tensor tensor, Scope scope) {
        int out = tensor.rows();
        int in = tensor.columns();
        int panels = Tile.columnPanels(out);
        DensePanels form = new DensePanels(tensor.dtype(), in);
        PanelWeight made = allocate(name, out, in, form, panels * form.panelBytes(), false, scope);
        long base = made.base();
        long source = Memory.address(tensor, tensor.dtype(), (long) out * in);
        long stride = (long) in * tensor.dtype().bytes();
        Routine machineCode = machine == null
                ? null
                : machine.panelOfRows(
                        tensor.dtype() == DType.F32 ? PanelOfRows.Elements.WORDS : PanelOfRows.Elements.HALVES);
        long noRow = zeros(stride);
        workers.parallelFor(panels, (panel, worker) -> {
            int first = panel * Tile.COLUMNS;
            int done = machineCode != null && first + Tile.COLUMNS <= out ? in / RUN * RUN : 0;
            for (int k = 0; k < done; k += MACHINE_DEPTH) {
                long rows = source + first * stride + (long) k * tensor.dtype().bytes();
                int runs = Math.min(MACHINE_DEPTH, done - k) / RUN;
                long others = rows + Tile.COLUMNS / 2 * stride;
                machineCode.call(rows, stride, others, form.at(base, panel, k), runs, 0, 0, 0);
            }
            for (int k = done; k < in; k += DEPTH) {
                int depth = Math.min(DEPTH, in - k);
                long to = form.at(base, panel, k);
                if (tensor.dtype() == DType.F32) {
                    int width = Math.min(Tile.COLUMNS, out - first);
                    floats(source + first * stride + k * 4L, stride, width, depth, to, scratch[worker]);
                    continue;
                }
                for (int lane = 0; lane < Lanes.COUNT; lane++) {
                    int other = first + Lanes.COUNT + lane;
                    long a = first + lane < out ? source + (first + lane) * stride : noRow;
                    long b = other < out ? source + other * stride : noRow;
                    BitFields.shorts(a + k * 2L, b + k * 2L, depth, to + lane * 4L);
                }
            }
        });
        return made;
    }

    private static void floats(long source, long stride, int width, int depth, long to, Scratch mine) {
        float[] panel = mine.bPanels(DEPTH * Tile.COLUMNS);
        PanelPacking.transposed(source, stride, width, depth, Tile.COLUMNS, panel, 0, mine.between);
        Memory.setFloats(to, panel, depth * Tile.COLUMNS);
    }

    private Weight fourBit(String name, Weight.FourBit w, Scope scope) {
        int panels = Tile.columnPanels(w.out());
        FourBitPanels packing = new FourBitPanels(w, panels);
        PanelWeight made = allocate(name, w.out(), w.in(), packing.form(), packing.bytes(), false, scope);
        long base = made.base();
        long noRow = zeros(w.in() / 2);
        workers.parallelFor(panels, (panel, worker) -> {
            for (int lane = 0; lane < Lanes.COUNT; lane++) {
                int first = panel * Tile.COLUMNS + lane;
                int other = first + Lanes.COUNT;
                long a = first < w.out() ? packing.row(first) : noRow;
                long b = other < w.out() ? packing.row(other) : noRow;
                packing.pack(a, b, base, panel, lane);
                packing.packScales(first, first < w.out(), base, panel, lane);
                packing.packScales(other, other < w.out(), base, panel, Lanes.COUNT + lane);
            }
        });
        return made;
    }

    private Weight ggml(String name, Weight.Ggml w, Scope scope) {
        int panels = Tile.columnPanels(w.out());
        GgmlPanels packing = new GgmlPanels(w.type(), w.in(), panels, w.dtype());
        PanelWeight made = allocate(name, w.out(), w.in(), packing.form(), packing.bytes(), w.eightBitRows(), scope);
        long base = made.base();
        long source = HostMemory.of(w.blocks()).address();
        long stride = (long) w.in() / w.type().blockSize() * w.type().blockBytes();
        long noRow = zeros(stride);
        workers.parallelFor(panels, (panel, worker) -> {
            for (int lane = 0; lane < Lanes.COUNT; lane++) {
                int first = panel * Tile.COLUMNS + lane;
                int other = first + Lanes.COUNT;
                long a = first < w.out() ? source + first * stride : noRow;
                long b = other < w.out() ? source + other * stride : noRow;
                packing.pack(a, b, base, panel, lane);
            }
        });
        return made;
    }

    private static PanelWeight allocate(
            String name, int out, int in, PanelForm form, long bytes, boolean eightBitRows, Scope scope) {
        return new PanelWeight(out, in, form, scope.allocate(name, DType.U8, bytes), eightBitRows);
    }

    /** A row of zeros, for those that the last panel has beyond the weight's. */
    private long zeros(long bytes) {
        long address = zeros.floats(Math.ceilDiv(bytes, 4));
        Memory.zero(address, bytes);
        return address;
    }
}
