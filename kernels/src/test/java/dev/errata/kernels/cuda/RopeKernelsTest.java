package dev.errata.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.tensor.DType;
import dev.errata.tensor.Philox;
import dev.errata.tensor.Rounding;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rotary embedding has the bits of the formula, each product and sum rounded by itself. */
class RopeKernelsTest {
    private static final int POSITIONS = 50;

    private static CudaDriver driver;
    private static KernelLibrary library;

    @BeforeAll
    static void open() {
        driver = TestDevice.open();
        library = new KernelLibrary(driver);
    }

    @AfterAll
    static void close() {
        if (library != null) {
            library.close();
            driver.close();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "F32, 3, 2, 1, 64, 64, false, false",
        "F32, 5, 4, 2, 16, 16, true, false",
        "F32, 5, 3, 1, 6, 6, false, true",
        "F32, 1, 1, 1, 2, 2, false, false",
        "F32, 0, 1, 1, 8, 8, false, false",
        "BF16, 3, 2, 1, 128, 128, false, true",
        "BF16, 9, 20, 4, 64, 64, true, false",
        "BF16, 4, 3, 2, 40, 40, true, true",
        "BF16, 2, 1, 0, 10, 10, false, false",
        "F32, 5, 3, 2, 96, 72, false, false",
        "F32, 5, 3, 1, 6, 4, true, false",
        "F32, 2, 1, 1, 18, 16, true, false",
        "BF16, 3, 2, 1, 96, 32, false, true"
    })
    void hasTheBitsOfTheFormula(
            DType dtype, int rows, int headsQ, int headsK, int headDim, int turned, boolean inverse, boolean rounding) {
        for (DType angles : dtype == DType.BF16 ? List.of(DType.F32, DType.BF16) : List.of(DType.F32)) {
            rotate(dtype, angles, rows, headsQ, headsK, headDim, turned / 2, inverse, rounding);
        }
    }

    private static void rotate(
            DType dtype,
            DType angles,
            int rows,
            int headsQ,
            int headsK,
            int headDim,
            int half,
            boolean inverse,
            boolean rounding) {
        float[] cos = new float[POSITIONS * half];
        float[] sin = new float[POSITIONS * half];
        for (int i = 0; i < cos.length; i++) {
            double angle = 7 * Philox.uniform(3, 1, i);
            cos[i] = Rounding.to(angles, (float) Math.cos(angle));
            sin[i] = Rounding.to(angles, (float) Math.sin(angle));
        }
        int[] positions = new int[rows];
        for (int i = 0; i < rows; i++) {
            positions[i] = Philox.below(3, 2, i, POSITIONS);
        }
        // Queries and keys side by side in one matrix, as a joint projection leaves them.
        int stride = (headsQ + headsK) * headDim;
        float[] x = new float[rows * stride];
        for (int i = 0; i < x.length; i++) {
            x[i] = Rounding.to(dtype, (float) Philox.normal(3, 3, i));
        }
        try (DeviceArrays arrays = new DeviceArrays(driver)) {
            DeviceRows q = arrays.rows(dtype, stride, x);
            DeviceRows k = new DeviceRows(q.address() + (long) headsQ * headDim * dtype.bytes(), dtype, stride);
            new RopeKernels(library)
                    .rotate(
                            q,
                            headsQ,
                            k,
                            headsK,
                            headDim,
                            new RotaryTables(arrays.upload(angles, cos), arrays.upload(angles, sin), angles, half),
                            arrays.upload(positions),
                            rows,
                            inverse,
                            rounding,
                            0);
            assertThat(arrays.download(q, rows))
                    .isEqualTo(rotated(x, rows, stride, headDim, half, positions, cos, sin, dtype, inverse, rounding));
        }
    }

    private static float[] rotated(
            float[] x,
            int rows,
            int stride,
            int headDim,
            int half,
            int[] positions,
            float[] cos,
            float[] sin,
            DType dtype,
            boolean inverse,
            boolean rounding) {
        DType between = rounding ? DType.BF16 : DType.F32;
        float[] result = x.clone();
        for (int n = 0; n < rows; n++) {
            for (int i = 0; i < stride / headDim * half; i++) {
                int d = i % half;
                int first = n * stride + i / half * headDim + d;
                float c = cos[positions[n] * half + d];
                float s = inverse ? -sin[positions[n] * half + d] : sin[positions[n] * half + d];
                float x1 = x[first];
                float x2 = x[first + half];
                float y1 = Rounding.to(between, x1 * c) - Rounding.to(between, x2 * s);
                float y2 = Rounding.to(between, x2 * c) + Rounding.to(between, x1 * s);
                result[first] = Rounding.to(dtype, Rounding.to(between, y1));
                result[first + half] = Rounding.to(dtype, Rounding.to(between, y2));
            }
        }
        return result;
    }
}
