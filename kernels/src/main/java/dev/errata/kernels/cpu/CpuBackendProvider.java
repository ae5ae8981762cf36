package dev.errata.kernels.cpu;

import dev.errata.tensor.Backend;
import dev.errata.tensor.BackendProvider;
import java.util.Optional;

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
        return Optional.of("the Vector API is off: start java with --add-modules=" + VECTOR_MODULE);
    }

    @Override
    public Backend create(int threads) {
        return new CpuBackend(threads);
    }
}
