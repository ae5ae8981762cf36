package dev.errata.kernels.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * The kernels that ship, loaded into one device's driver when first asked for. PTX for {@code sm_80} runs on that and
 * every later device; for {@code sm_90a} on 9.0 alone.
 */
public final class KernelLibrary implements AutoCloseable {
    private static final String RESOURCES = "ptx/";

    private final CudaDriver driver;
    private final Map<String, Long> modules = new HashMap<>();
    private final Map<String, Kernel> kernels = new HashMap<>();

    public KernelLibrary(CudaDriver driver) {
        this.driver = driver;
    }

    public CudaDriver driver() {
        return driver;
    }

    /** A kernel of {@code sm_80} code: {@code kernel("norm", "rms_norm_f32")}. */
    public Kernel kernel(String file, String entry) {
        return kernel("sm_80", file, entry);
    }

    /** A kernel that only a Hopper device has; ask {@link #hasHopper} first. */
    public Kernel hopperKernel(String file, String entry) {
        return kernel("sm_90a", file, entry);
    }

    public boolean hasHopper() {
        return driver.properties().computeCapability() == 90;
    }

    /** The kernels that were asked for, as {@code sm_80/norm/rms_norm_f32}. */
    public synchronized Set<String> loaded() {
        return Set.copyOf(kernels.keySet());
    }

    private synchronized Kernel kernel(String target, String file, String entry) {
        return kernels.computeIfAbsent(target + "/" + file + "/" + entry, key -> {
            long module = modules.computeIfAbsent(target + "/" + file + ".ptx", path -> driver.load(path, ptx(path)));
            return new Kernel(driver, file + "/" + entry, driver.function(module, entry));
        });
    }

    /**
     * @param path as {@code sm_80/norm.ptx}
     * @throws IllegalArgumentException if no such file ships
     */
    public static byte[] ptx(String path) {
        try (InputStream in = KernelLibrary.class.getResourceAsStream(RESOURCES + path)) {
            if (in == null) {
                throw new IllegalArgumentException("no kernel file " + path);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("kernel file " + path + " can't be read", e);
        }
    }

    @Override
    public synchronized void close() {
        modules.values().forEach(driver::unload);
        modules.clear();
        kernels.clear();
    }
}
