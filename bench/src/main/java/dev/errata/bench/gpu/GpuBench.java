package dev.errata.bench.gpu;

import dev.errata.kernels.cuda.CudaDriver;
import dev.errata.kernels.cuda.DeviceProperties;
import dev.errata.kernels.cuda.KernelLibrary;
import dev.errata.kernels.cuda.NativeDriver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Measures a device's ceilings and every kernel beside them; a table on stdout, and as JSON in a file: {@code GpuBench
 * OUTPUT.json}. Results aren't checked here: the kernels' tests do that on the same device before.
 */
public final class GpuBench {
    private GpuBench() {}

    private interface Part {
        List<Row> measure(KernelLibrary library, GpuTimer timer, Ceilings ceilings);
    }

    public static void main(String[] args) throws IOException {
        List<Row> rows = new ArrayList<>();
        boolean whole = true;
        try (CudaDriver driver = new NativeDriver();
                KernelLibrary library = new KernelLibrary(driver);
                GpuTimer timer = new GpuTimer(driver, 0)) {
            DeviceProperties device = driver.properties();
            Ceilings ceilings = Ceilings.measure(driver, timer);
            print(device, ceilings);
            Map<String, Part> parts = new java.util.LinkedHashMap<>();
            parts.put("memory", MemoryRows::measure);
            parts.put("attention", AttentionRows::measure);
            parts.put("products", GemmRows::measure);
            for (Map.Entry<String, Part> part : parts.entrySet()) {
                try {
                    for (Row row : part.getValue().measure(library, timer, ceilings)) {
                        System.out.println(row.line());
                        rows.add(row);
                    }
                } catch (RuntimeException e) {
                    whole = false;
                    System.out.println("FAIL " + part.getKey() + ": " + e);
                    e.printStackTrace();
                }
            }
            if (args.length > 0) {
                Files.writeString(Path.of(args[0]), json(device, ceilings, rows));
            }
        }
        System.exit(whole ? 0 : 1);
    }

    private static void print(DeviceProperties device, Ceilings ceilings) {
        System.out.printf(
                Locale.ROOT,
                "%s, %d multiprocessors, CUDA driver %d.%d%ncopy %.0f GB/s (read and written)",
                device.name(),
                device.multiprocessors(),
                device.driverVersion() / 1000,
                device.driverVersion() % 1000 / 10,
                ceilings.copyBytesPerSecond() / 1e9);
        ceilings.cublas()
                .forEach(
                        (side, rate) -> System.out.printf(Locale.ROOT, ", cuBLAS %d: %.0f TFLOP/s", side, rate / 1e12));
        System.out.printf(
                Locale.ROOT,
                "%n%n%-34s %-26s %9s %9s %9s  %s%n",
                "kernel",
                "shape",
                "median ms",
                "min",
                "max",
                "rate, and of the ceiling");
    }

    private static String json(DeviceProperties device, Ceilings ceilings, List<Row> rows) {
        StringBuilder text = new StringBuilder("{\"device\": \"" + device.name() + "\", \"driver\": "
                + device.driverVersion() + ", \"copy_bytes_per_second\": "
                + String.format(Locale.ROOT, "%.4g", ceilings.copyBytesPerSecond()) + ", \"cublas\": {");
        List<String> rates = new ArrayList<>();
        ceilings.cublas().forEach((side, rate) -> rates.add(String.format(Locale.ROOT, "\"%d\": %.4g", side, rate)));
        text.append(String.join(", ", rates)).append("}, \"rows\": [\n");
        text.append(String.join(",\n", rows.stream().map(Row::json).toList()));
        return text.append("\n]}\n").toString();
    }
}
