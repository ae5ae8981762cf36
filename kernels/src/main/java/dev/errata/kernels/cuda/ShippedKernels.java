package dev.errata.kernels.cuda;

import dev.errata.kernels.cuda.ptx.PtxManifest;
import dev.errata.kernels.cuda.ptx.PtxManifest.KernelFile;
import dev.errata.tensor.DeviceReport;
import java.util.List;
import java.util.Map;

/** Which of the PTX files that ship run on a device: by what they are written for, and by what its driver says to one. */
final class ShippedKernels {
    private static final String HOPPER = "sm_90a";
    private static final int HOPPER_CAPABILITY = 90;
    private static final int OLDEST_CAPABILITY = 80;
    /** Versions of CUDA whose drivers know the PTX that a target's files are written in (7.4, 8.0). */
    private static final Map<String, Integer> OLDEST_DRIVER = Map.of("sm_80", 11_040, HOPPER, 12_000);
    /** The smallest file, which the driver is asked to load. */
    private static final String PROBE = "sm_80/lion.ptx";

    private ShippedKernels() {}

    static DeviceReport report(CudaDriver driver) {
        DeviceProperties device = driver.properties();
        String refused = device.computeCapability() < OLDEST_CAPABILITY ? null : probe(driver);
        List<DeviceReport.Code> code = PtxManifest.shipped().stream()
                .map(file -> new DeviceReport.Code(
                        file.target() + "/" + file.name(), file.entries().size(), refusal(file, device, refused)))
                .toList();
        return new DeviceReport(
                device.name(),
                "CUDA " + version(device.driverVersion()),
                capability(device.computeCapability()),
                device.multiprocessors(),
                device.memoryBytes(),
                driver.freeBytes(),
                code);
    }

    /** What the driver says to a file that it should load, or null. */
    private static String probe(CudaDriver driver) {
        try {
            driver.unload(driver.load(PROBE, KernelLibrary.ptx(PROBE)));
            return null;
        } catch (CudaException e) {
            return e.error().equals("CUDA_ERROR_JIT_COMPILER_NOT_FOUND")
                    ? "the driver's compiler, libnvidia-ptxjitcompiler.so.1, isn't found"
                    : "the driver says " + e.error();
        }
    }

    private static String refusal(KernelFile file, DeviceProperties device, String probed) {
        int has = device.computeCapability();
        int oldest = OLDEST_DRIVER.get(file.target());
        if (has < OLDEST_CAPABILITY) {
            return "needs compute capability 8.0 or later";
        }
        if (file.target().equals(HOPPER) && has != HOPPER_CAPABILITY) {
            return "is for compute capability 9.0 alone; the products of sm_80/gemm_bf16 take its place";
        }
        if (device.driverVersion() < oldest) {
            return "needs a driver of CUDA " + version(oldest) + " or later";
        }
        return probed;
    }

    private static String version(int number) {
        return number / 1000 + "." + number % 1000 / 10;
    }

    private static String capability(int number) {
        return number / 10 + "." + number % 10;
    }
}
