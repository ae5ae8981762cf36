package dev.errata.kernels.sim;

import dev.errata.kernels.cuda.CudaBackend;
import dev.errata.kernels.cuda.DeviceProperties;
import dev.errata.kernels.cuda.PlanDriver;
import dev.errata.kernels.cuda.PlannedBackend;
import dev.errata.tensor.Backend;
import dev.errata.tensor.BackendProvider;
import java.util.Optional;
import java.util.OptionalLong;

/** Offers the CUDA backend on the simulator, where it is asked for by name: it runs everywhere, and slowly. */
public final class SimBackendProvider implements BackendProvider {
    private static final int HOPPER = 90;

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

    @Override
    public Backend plan(long memoryBytes) {
        DeviceProperties properties = SimDriver.properties(HOPPER, memoryBytes);
        return new PlannedBackend(new CudaBackend("sim", new PlanDriver(properties), CudaBackend.NO_SLABS));
    }

    @Override
    public boolean hasOwnMemory() {
        return true;
    }

    @Override
    public OptionalLong memoryBytes() {
        return OptionalLong.of(SimDriver.MEMORY_BYTES);
    }
}
