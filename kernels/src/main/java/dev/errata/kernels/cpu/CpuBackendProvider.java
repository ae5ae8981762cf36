package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.MachineCodeUnavailable;
import dev.errata.kernels.machine.ProcessorUnit;
import dev.errata.tensor.Backend;
import dev.errata.tensor.BackendProvider;
import dev.errata.tensor.ggml.GgmlType;
import dev.errata.tensor.meta.MetaBackend;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Offers the CPU backend wherever the Vector API is present. */
public final class CpuBackendProvider implements BackendProvider {
    private static final String VECTOR_MODULE = "jdk.incubator.vector";

    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public int priority() {
        return 100;
    }

    @Override
    public Optional<String> refusal() {
        if (ModuleLayer.boot().findModule(VECTOR_MODULE).isPresent()) {
            return Optional.empty();
        }
        return Optional.of("the Vector API is off, and other backends are far slower: start java with --add-modules="
                + VECTOR_MODULE);
    }

    @Override
    public Optional<String> loss() {
        return switch (Lanes.COUNT) {
            case 16 -> refusedMachineCode();
            case 8 ->
                Optional.of(
                        "vectors have 256 bits here: half as many numbers at a time as with 512, and 4-bit weights are "
                                + "widened before a product of one row");
            default ->
                Optional.of(
                        "vectors have " + 32 * Lanes.COUNT + " bits here: a quarter as many numbers at a time as with "
                                + "512, and 4-bit tables are read number by number");
        };
    }

    private static Optional<String> refusedMachineCode() {
        try {
            Set<ProcessorUnit> wrong = MachineKernels.wrongUnits();
            return wrong.isEmpty()
                    ? Optional.empty()
                    : Optional.of("a first product by " + names(wrong) + " of this processor was wrong, so other units "
                            + "compute bf16 and int8, more slowly: please tell us which processor it is");
        } catch (MachineCodeUnavailable e) {
            return e.isRefusal()
                    ? Optional.of(
                            "bf16 and int8 are computed without the processor's units for them: " + e.getMessage())
                    : Optional.empty();
        }
    }

    private static String names(Set<ProcessorUnit> units) {
        return units.stream().map(Object::toString).collect(Collectors.joining(", "));
    }

    /** The units that are used, and those of {@link TileCheck}'s that aren't. */
    static String told(Set<ProcessorUnit> units, Set<ProcessorUnit> wrong) {
        return names(units) + (wrong.isEmpty() ? "" : "; not " + names(wrong) + ", whose first product here was wrong");
    }

    /** The units that are used; none where there is no machine code. */
    private static Set<ProcessorUnit> units() {
        try {
            return MachineKernels.units();
        } catch (MachineCodeUnavailable e) {
            return Set.of();
        }
    }

    @Override
    public List<String> bf16Units() {
        return Stream.ofNullable(MachineKernels.bf16Unit(units()))
                .map(Object::toString)
                .toList();
    }

    @Override
    public List<String> int8Units(GgmlType type) {
        return Stream.of(ProcessorUnit.AMX_INT8, ProcessorUnit.VPDPBUSD)
                .filter(unit -> Int8Products.hasCode(type) && units().contains(unit))
                .map(Object::toString)
                .toList();
    }

    @Override
    public Optional<String> machineCode() {
        try {
            return Optional.of(told(MachineKernels.units(), MachineKernels.wrongUnits()));
        } catch (MachineCodeUnavailable e) {
            return Optional.of("none: " + e.getMessage());
        }
    }

    @Override
    public Backend create(int threads) {
        return new CpuBackend(threads);
    }

    @Override
    public Backend plan(long memoryBytes) {
        return new MetaBackend();
    }
}
