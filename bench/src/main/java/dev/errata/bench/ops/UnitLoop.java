package dev.errata.bench.ops;

import dev.errata.kernels.machine.ExecutableMemory;
import dev.errata.kernels.machine.MachineCodeUnavailable;
import dev.errata.kernels.machine.ProcessorUnit;
import dev.errata.kernels.machine.Routine;
import dev.errata.kernels.machine.UnitPeak;
import java.util.List;

/** Products in registers by a unit of the processor, as {@link FmaLoop} does fused multiply-adds of f32. */
final class UnitLoop implements AutoCloseable {
    /** A call of so many is short, as no garbage is collected meanwhile. */
    private static final int ROUNDS = 10_000;

    private static final int CALLS = 100;

    private final UnitPeak peak;
    private final ExecutableMemory memory;
    private final Routine routine;

    /**
     * @param unit that this processor has
     */
    UnitLoop(ProcessorUnit unit) {
        peak = new UnitPeak(unit);
        try {
            memory = ExecutableMemory.of(List.of(peak.code()));
        } catch (MachineCodeUnavailable e) {
            throw new IllegalStateException(unit + " is used, and can't be measured", e);
        }
        routine = memory.routines().getFirst();
    }

    /** Additions and multiplications of {@link #run}. */
    double operations() {
        return (double) CALLS * ROUNDS * peak.operations();
    }

    void run() {
        for (int call = 0; call < CALLS; call++) {
            routine.call(ROUNDS, 0, 0, 0, 0, 0, 0, 0);
        }
    }

    @Override
    public void close() {
        memory.close();
    }
}
