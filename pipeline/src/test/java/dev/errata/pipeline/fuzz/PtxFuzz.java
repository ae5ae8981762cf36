package dev.errata.pipeline.fuzz;

import dev.errata.kernels.sim.isa.Translator;
import dev.errata.kernels.sim.ptx.PtxException;
import dev.errata.kernels.sim.ptx.PtxModule;
import dev.errata.kernels.sim.ptx.PtxParser;
import java.util.Map;

/** PTX as the simulator takes it: read, and each kernel made into a program. */
public final class PtxFuzz {
    private PtxFuzz() {}

    /** Reads one input. What isn't PTX is named by its line. */
    public static void fuzzerTestOneInput(byte[] input) {
        Trial.run(input.length, () -> {
            try {
                PtxModule module = PtxParser.parse(input);
                module.kernels().forEach(kernel -> Translator.program(module, kernel, Map.of()));
            } catch (PtxException refused) {
                if (refused.problem().isBlank()) {
                    throw new AssertionError("no word about what is wrong", refused);
                }
            }
        });
    }
}
