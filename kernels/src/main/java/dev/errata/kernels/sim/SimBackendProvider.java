package dev.errata.kernels.sim;

import dev.errata.kernels.cuda.CudaBackend;
import dev.errata.tensor.Backend;
import dev.errata.tensor.BackendProvider;
import java.util.Optional;

/** Offers the CUDA backend on the simulator, where it is asked for by name: it runs everywhere, and slowly. */
public final class SimBackendProvider implements BackendProvider {
    @Override
    public String name() {
        return "sim";
    }

    @Override
    public int priority() {
        return BackendProvider.ONLY_BY_NAME;
    }

    @Override
    public Optional<String> refusal() {
        return Optional.empty();
    }

    @Override
    public Backend create(int threads) {
        return new CudaBackend("sim", new SimDriver(), CudaBackend.NO_SLABS);
    }
}
