package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.Bf16Tile;
import dev.errata.kernels.machine.ExecutableMemory;
import dev.errata.kernels.machine.Int8Tile;
import dev.errata.kernels.machine.MachineCode;
import dev.errata.kernels.machine.MachineCodeUnavailable;
import dev.errata.kernels.machine.ProcessorUnit;
import dev.errata.kernels.machine.ProcessorUnits;
import dev.errata.kernels.machine.Routine;
import dev.errata.tensor.MachineCodeSetting;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The backend's functions of machine code, for units of the processor that the Vector API doesn't reach. Closing it gives their
 * memory back.
 */
final class MachineKernels implements AutoCloseable {
    private final Set<ProcessorUnit> units;
    private final List<ExecutableMemory> memories = new ArrayList<>();
    private final List<Routine> bf16;
    private final Map<Int8Tile.Layout, List<Routine>> int8 = new HashMap<>();
    private boolean closed;

    private MachineKernels(Set<ProcessorUnit> units, ExecutableMemory memory) {
        this.units = units;
        memories.add(memory);
        bf16 = memory.routines();
    }

    /** The units that kernels are there for and this machine has. */
    static Set<ProcessorUnit> units() throws MachineCodeUnavailable {
        if (MachineCodeSetting.isOff()) {
            throw new MachineCodeUnavailable("it is turned off");
        }
        if (Tile.COLUMNS != Bf16Tile.COLUMNS) {
            throw new MachineCodeUnavailable("vectors have fewer than 512 bits here");
        }
        Set<ProcessorUnit> units = ProcessorUnits.look();
        units.retainAll(Set.of(ProcessorUnit.VDPBF16PS, ProcessorUnit.VPDPBUSD));
        if (units.isEmpty()) {
            throw new MachineCodeUnavailable("the processor has no unit that there is code for");
        }
        ExecutableMemory.of(List.of()).close();
        return units;
    }

    /** Empty where there are none, or the system lets nobody execute what it wrote. */
    static Optional<MachineKernels> open() {
        try {
            return Optional.of(of(units()));
        } catch (MachineCodeUnavailable e) {
            return Optional.empty();
        }
    }

    private static MachineKernels of(Set<ProcessorUnit> units) throws MachineCodeUnavailable {
        List<MachineCode> codes = new ArrayList<>();
        if (units.contains(ProcessorUnit.VDPBF16PS)) {
            for (Bf16Tile.Order order : List.of(Bf16Tile.Order.STEPS, Bf16Tile.Order.OUTPUTS)) {
                for (int rows = 1; rows <= Bf16Tile.MOST_ROWS; rows++) {
                    codes.add(new Bf16Tile(rows, order).code());
                }
            }
        }
        ExecutableMemory memory = ExecutableMemory.of(codes);
        return new MachineKernels(units, memory);
    }

    boolean hasBf16() {
        return !bf16.isEmpty();
    }

    /**
     * {@link Int8Tile} for each number of rows; made when a layout is first asked for. Null where there is none, for lack of the unit
     * or of a layout.
     */
    synchronized List<Routine> int8(Int8Tile.Layout layout) {
        if (layout == null || !units.contains(ProcessorUnit.VPDPBUSD)) {
            return null;
        }
        if (closed) {
            throw new IllegalStateException("the backend is closed");
        }
        return int8.computeIfAbsent(layout, this::made);
    }

    private List<Routine> made(Int8Tile.Layout layout) {
        List<MachineCode> codes = new ArrayList<>();
        for (int rows = 1; rows <= Int8Tile.MOST_ROWS; rows++) {
            codes.add(new Int8Tile(rows, layout).code());
        }
        try {
            ExecutableMemory more = ExecutableMemory.of(codes);
            memories.add(more);
            return more.routines();
        } catch (MachineCodeUnavailable e) {
            throw new IllegalStateException(e);
        }
    }

    /** {@link Bf16Tile} of so many rows. */
    Routine bf16(int rows, Bf16Tile.Order order) {
        if (closed) {
            throw new IllegalStateException("the backend is closed");
        }
        return bf16.get((order == Bf16Tile.Order.STEPS ? 0 : Bf16Tile.MOST_ROWS) + rows - 1);
    }

    @Override
    public synchronized void close() {
        closed = true;
        memories.forEach(ExecutableMemory::close);
    }
}
