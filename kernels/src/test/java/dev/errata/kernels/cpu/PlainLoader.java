package dev.errata.kernels.cpu;

import dev.errata.kernels.machine.MachineCode;
import dev.errata.kernels.machine.PlainProcessor;
import java.util.List;

/** Functions of machine code that plain Java runs line by line, so that those of units this processor lacks are run too. */
final class PlainLoader {
    private PlainLoader() {}

    static MachineKernels.Loaded load(List<MachineCode> codes) {
        return new MachineKernels.Loaded(
                codes.stream().map(PlainProcessor::routine).toList(), () -> {});
    }
}
