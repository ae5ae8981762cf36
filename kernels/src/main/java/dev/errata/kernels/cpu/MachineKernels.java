package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.Bf16Tile;
import dev.errata.kernels.machine.ExecutableMemory;
import dev.errata.kernels.machine.MachineCode;
import dev.errata.kernels.machine.MachineCodeUnavailable;
import dev.errata.kernels.machine.ProcessorUnit;
import dev.errata.kernels.machine.ProcessorUnits;
import dev.errata.kernels.machine.Routine;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The backend's functions of machine code, for units of the processor that the Vector API doesn't reach. Closing it gives their
 * memory back.
 */
final class MachineKernels implements AutoCloseable {
    private final ExecutableMemory memory;
    private final List<Routine> bf16;
    private boolean closed;

    private MachineKernels(ExecutableMemory memory, List<Routine> bf16) {
        this.memory = memory;
        this.bf16 = bf16;
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
        units.retainAll(Set.of(ProcessorUnit.VDPBF16PS));
        if (units.isEmpty()) {
            throw new MachineCodeUnavailable("the processor has no unit that there is code for");
        }
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
        return new MachineKernels(memory, memory.routines());
    }

    boolean hasBf16() {
        return !bf16.isEmpty();
    }

    /** {@link Bf16Tile} of so many rows. */
    Routine bf16(int rows, Bf16Tile.Order order) {
        if (closed) {
            throw new IllegalStateException("the backend is closed");
        }
        return bf16.get((order == Bf16Tile.Order.STEPS ? 0 : Bf16Tile.MOST_ROWS) + rows - 1);
    }

    @Override
    public void close() {
        closed = true;
        memory.close();
    }
}
