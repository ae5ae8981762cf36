package dev.errata.kernels.cuda;

import dev.errata.tensor.Backend;
import dev.errata.tensor.BackendProvider;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.util.Optional;
import java.util.OptionalLong;

/** Offers the first NVIDIA device, where it is asked for by name. */
public final class CudaBackendProvider implements BackendProvider {
    private static final String LIBRARY = "libcuda.so.1";
    private static final int OLDEST = 80;
    /** What the memory pool takes from the driver at a time. */
    public static final long SLAB_BYTES = 256L << 20;

    private static final DeviceProperties H100 =
            new DeviceProperties("H100", 90, 13_000, 132, 80L << 30, 227 << 10, 50 << 20);

    @Override
    public String name() {
        return "cuda";
    }

    @Override
    public int priority() {
        return BackendProvider.ONLY_BY_NAME;
    }

    /** Without a driver library no class of JCuda is touched, so nothing is unpacked or loaded on other machines. */
    @Override
    public Optional<String> refusal() {
        if (!isLibraryThere()) {
            return Optional.of(
                    "there is no NVIDIA driver (" + LIBRARY + " can't be loaded); install one, or use --device cpu");
        }
        Optional<String> reason = NativeDriver.refusal();
        if (reason.isPresent()) {
            return reason;
        }
        DeviceProperties device = NativeDriver.describe();
        return device.computeCapability() >= OLDEST
                ? Optional.empty()
                : Optional.of(device.name() + " has compute capability " + device.computeCapability() / 10 + "."
                        + device.computeCapability() % 10 + ", the kernels need 8.0 or later; use --device cpu");
    }

    @SuppressWarnings("restricted")
    private static boolean isLibraryThere() {
        try (Arena arena = Arena.ofConfined()) {
            return SymbolLookup.libraryLookup(LIBRARY, arena).find("cuInit").isPresent();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    @Override
    public Backend create(int threads) {
        return new CudaBackend("cuda", new NativeDriver(), SLAB_BYTES);
    }

    /** Of the device that is here, else of an H100, with another amount of memory. */
    @Override
    public Backend plan(long memoryBytes) {
        DeviceProperties like = refusal().isEmpty() ? NativeDriver.describe() : H100;
        return new PlannedBackend(new CudaBackend("cuda", new PlanDriver(like.withMemory(memoryBytes)), SLAB_BYTES));
    }

    @Override
    public boolean hasOwnMemory() {
        return true;
    }

    @Override
    public OptionalLong memoryBytes() {
        return refusal().isEmpty() ? OptionalLong.of(NativeDriver.describe().memoryBytes()) : OptionalLong.empty();
    }
}
