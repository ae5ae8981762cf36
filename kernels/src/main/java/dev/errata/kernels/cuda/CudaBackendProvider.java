package dev.errata.kernels.cuda;

import dev.errata.tensor.Backend;
import dev.errata.tensor.BackendProvider;
import dev.errata.tensor.DeviceReport;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/** Offers the first NVIDIA device, where it is asked for by name. */
public final class CudaBackendProvider implements BackendProvider {
    private static final String LIBRARY = "libcuda.so.1";
    /** There where the system's part of the driver is. */
    private static final Path KERNEL_DRIVER = Path.of("/proc/driver/nvidia/version");

    private static final int OLDEST = 80;
    /** What the memory pool takes from the driver at a time. */
    public static final long SLAB_BYTES = 256L << 20;

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
                    Files.exists(KERNEL_DRIVER)
                            ? "the NVIDIA driver is loaded, but its library " + LIBRARY
                                    + " isn't found; put it on LD_LIBRARY_PATH, start a container with NVIDIA's runtime,"
                                    + " or use --device cpu"
                            : "there is no NVIDIA driver (" + LIBRARY
                                    + " can't be loaded); install one, or use --device cpu");
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

    @Override
    public Optional<DeviceReport> report() {
        if (!isLibraryThere() || NativeDriver.refusal().isPresent()) {
            return Optional.empty();
        }
        try (NativeDriver driver = new NativeDriver()) {
            return Optional.of(ShippedKernels.report(driver));
        }
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
        DeviceProperties like = refusal().isEmpty() ? NativeDriver.describe() : DeviceProperties.H100;
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
