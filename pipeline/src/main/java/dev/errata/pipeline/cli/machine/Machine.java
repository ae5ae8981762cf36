package dev.errata.pipeline.cli.machine;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.errata.tensor.BackendProvider;
import dev.errata.tensor.DeviceReport;
import dev.errata.train.config.MemorySize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jdk.incubator.vector.FloatVector;

/**
 * Facts about this machine; null or 0 where the system doesn't tell. Nothing is loaded or started to find them, but an
 * NVIDIA driver where there is one, which says whether it has a device.
 *
 * @param vectorBits width of the widest float vectors, 0 without the Vector API
 * @param diskFreeBytes where the program was started
 * @param transparentHugePages always, madvise or never
 * @param cudaDriver where libcuda.so.1 lies
 */
record Machine(
        String java,
        String javaHome,
        String system,
        int cores,
        int vectorBits,
        long heapBytes,
        long memoryBytes,
        long memoryAvailableBytes,
        long diskFreeBytes,
        String transparentHugePages,
        String cudaDriver,
        List<Device> backends) {
    private static final String VECTOR_MODULE = "jdk.incubator.vector";
    private static final List<String> LIBRARY_FOLDERS = List.of(
            "/usr/lib/x86_64-linux-gnu",
            "/usr/lib64",
            "/usr/lib",
            "/usr/lib/wsl/lib",
            "/usr/local/nvidia/lib64",
            "/usr/local/cuda/compat");

    /**
     * A backend.
     *
     * @param byNameOnly whether it runs only where {@code --device} names it
     * @param refusal why it can't run here and what would help, or null
     * @param report on a device that isn't the host, or null
     * @param machineCode which units of the processor its machine code is for, or why there is none; null where it never has any
     */
    @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
    record Device(String name, boolean byNameOnly, String refusal, DeviceReport report, String machineCode) {}

    static Machine look() {
        return new Machine(
                Runtime.version().toString(),
                System.getProperty("java.home"),
                System.getProperty("os.name") + " " + System.getProperty("os.arch"),
                Runtime.getRuntime().availableProcessors(),
                hasVectors() ? Vectors.bits() : 0,
                Runtime.getRuntime().maxMemory(),
                MemorySize.ofThisMachine(),
                memory("MemAvailable"),
                diskFree(),
                hugePages(),
                cudaLibrary(),
                devices());
    }

    private static boolean hasVectors() {
        return ModuleLayer.boot().findModule(VECTOR_MODULE).isPresent();
    }

    /** Apart, so that a JVM without the module doesn't load it. */
    private static final class Vectors {
        static int bits() {
            return FloatVector.SPECIES_PREFERRED.vectorBitSize();
        }
    }

    private static List<Device> devices() {
        return ServiceLoader.load(BackendProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .sorted(Comparator.comparingInt(BackendProvider::priority)
                        .reversed()
                        .thenComparing(BackendProvider::name))
                .map(each -> new Device(
                        each.name(),
                        each.priority() < 0,
                        each.refusal().orElse(null),
                        each.report().orElse(null),
                        each.refusal().isPresent() ? null : each.machineCode().orElse(null)))
                .toList();
    }

    private static long memory(String key) {
        Matcher found = Pattern.compile("(?m)^" + key + ":\\s+(\\d+) kB").matcher(text("/proc/meminfo"));
        return found.find() ? Long.parseLong(found.group(1)) * 1024 : 0;
    }

    private static String hugePages() {
        Matcher found = Pattern.compile("\\[(\\w+)]").matcher(text("/sys/kernel/mm/transparent_hugepage/enabled"));
        return found.find() ? found.group(1) : null;
    }

    private static String text(String file) {
        try {
            return Files.readString(Path.of(file));
        } catch (IOException e) {
            return "";
        }
    }

    private static long diskFree() {
        try {
            return Files.getFileStore(Path.of("").toAbsolutePath()).getUsableSpace();
        } catch (IOException e) {
            return 0;
        }
    }

    private static String cudaLibrary() {
        List<String> folders = new ArrayList<>();
        String given = System.getenv("LD_LIBRARY_PATH");
        if (given != null) {
            folders.addAll(List.of(given.split(":")));
        }
        folders.addAll(LIBRARY_FOLDERS);
        return folders.stream()
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, "libcuda.so.1"))
                .filter(Files::exists)
                .map(Path::toString)
                .findFirst()
                .orElse(null);
    }
}
