package dev.errata.bench.gpu;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.errata.kernels.cuda.CudaDriver;
import dev.errata.kernels.cuda.DeviceMatrix;
import dev.errata.kernels.cuda.Gemm;
import dev.errata.kernels.cuda.KernelLibrary;
import dev.errata.kernels.cuda.MmaGemm;
import dev.errata.kernels.cuda.WgmmaGemm;
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
 * @param product operations a second of our own bf16 product of the largest of these matrices
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
record Ceilings(double copyBytesPerSecond, Map<Integer, Double> cublas, double product) {
    static Ceilings measure(KernelLibrary library, GpuTimer timer, KernelSizes sizes) {
        CudaDriver driver = library.driver();
        double copy;
        long bytes = sizes.copyBytes();
        try (DeviceArrays arrays = new DeviceArrays(driver)) {
            long from = arrays.bytes(bytes);
            long to = arrays.empty(bytes);
            copy = 2.0
                    * bytes
                    / (timer.time(i -> driver.copy(from, to, bytes, 0)).median() / 1e3);
        }
        return new Ceilings(copy, cublas(driver, timer, sizes), product(library, timer, sizes.largestSquare()));
    }

    private static double product(KernelLibrary library, GpuTimer timer, int side) {
        try (DeviceArrays arrays = new DeviceArrays(library.driver())) {
            long count = (long) side * side;
            Gemm g = Gemm.of(
                            Gemm.Form.NT,
                            side,
                            side,
                            side,
                            new DeviceMatrix(arrays.bf16(count, 1), side),
                            new DeviceMatrix(arrays.bf16(count, 1), side),
                            new DeviceMatrix(arrays.empty(2 * count), side))
                    .toBf16();
            GpuTimer.Work work;
            if (library.hasHopper()) {
                WgmmaGemm wgmma = new WgmmaGemm(library);
                work = i -> wgmma.launch(WgmmaGemm.Tile.PAIR, g, 0);
            } else {
                MmaGemm mma = new MmaGemm(library);
                work = i -> mma.launch(MmaGemm.Tile.WIDE, g, 0);
            }
            return 2.0 * count * side / (timer.time(work).median() / 1e3);
        }
    }

    private static Map<Integer, Double> cublas(CudaDriver driver, GpuTimer timer, KernelSizes sizes) {
        Map<Integer, Double> rates = new TreeMap<>();
        String library = System.getenv("ERRATA_CUBLAS");
        if (library == null || library.isBlank() || !Files.exists(Path.of(library))) {
            return rates;
        }
        try (Cublas cublas = new Cublas(Path.of(library))) {
            for (int side : sizes.squares()) {
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

    /** The best rate of any square product, cuBLAS' or ours. */
    double operationsPerSecond() {
        return Math.max(
                product,
                cublas.values().stream().mapToDouble(Double::doubleValue).max().orElse(0));
    }
}
