package dev.errata.bench.gpu;

import dev.errata.kernels.cuda.CudaDriver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the device can do, measured in the same run as the kernels.
 *
 * @param copyBytesPerSecond of a large copy within the device, bytes read and bytes written together
 * @param cublas operations a second of cuBLAS' bf16 product of square matrices, by their side; empty where the machine
 *     has no cuBLAS
 */
record Ceilings(double copyBytesPerSecond, Map<Integer, Double> cublas) {
    private static final long COPIED = 1L << 30;
    private static final int[] SIDES = {4096, 8192};

    static Ceilings measure(CudaDriver driver, GpuTimer timer) {
        double copy;
        try (DeviceArrays arrays = new DeviceArrays(driver)) {
            long from = arrays.bytes(COPIED);
            long to = arrays.empty(COPIED);
            copy = 2.0
                    * COPIED
                    / (timer.time(i -> driver.copy(from, to, COPIED, 0)).median() / 1e3);
        }
        return new Ceilings(copy, cublas(driver, timer));
    }

    private static Map<Integer, Double> cublas(CudaDriver driver, GpuTimer timer) {
        Map<Integer, Double> rates = new TreeMap<>();
        String library = System.getenv("ERRATA_CUBLAS");
        if (library == null || library.isBlank() || !Files.exists(Path.of(library))) {
            return rates;
        }
        try (Cublas cublas = new Cublas(Path.of(library))) {
            for (int side : SIDES) {
                try (DeviceArrays arrays = new DeviceArrays(driver)) {
                    long a = arrays.bf16((long) side * side, 1);
                    long b = arrays.bf16((long) side * side, 1);
                    long c = arrays.empty(2L * side * side);
                    double ms = timer.time(i -> cublas.productNT(a, b, c, side, side, side))
                            .median();
                    rates.put(side, 2.0 * side * side * side / (ms / 1e3));
                }
            }
        }
        return rates;
    }
}
