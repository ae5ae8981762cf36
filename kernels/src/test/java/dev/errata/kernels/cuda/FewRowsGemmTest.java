package dev.errata.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.kernels.cuda.Gemm.Form;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FewRowsGemmTest {
    private CudaDriver driver;
    private FewRowsGemm gemm;

    @BeforeAll
    void open() {
        driver = TestDevice.open();
        gemm = new FewRowsGemm(new KernelLibrary(driver));
    }

    @AfterAll
    void close() {
        driver.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5, 8, 9, 16, 17, 33, 70, 131})
    void matchesDoublePrecision(int rows) {
        int[][] shapes = {{8, 8}, {40, 200}, {24, 1096}};
        for (int[] s : shapes) {
            try (ProductCase it = ProductCase.bf16(driver, Form.NT, rows, s[0], s[1])) {
                gemm.launch(it.toBf16().gemm(), 0);
                it.assertCorrect();
            }
            try (ProductCase it =
                    ProductCase.bf16(driver, Form.NT, rows, s[0], s[1]).plus(72)) {
                gemm.launch(it.scaled(0.5f, 1).gemm(), 0);
                it.assertCorrect();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 16, 20})
    void takesAnySizeAndAddress(int rows) {
        int[][] shapes = {{1, 1}, {17, 65}, {3, 519}};
        for (int[] s : shapes) {
            try (ProductCase it =
                    ProductCase.bf16(driver, Form.NT, rows, s[0], s[1], 3, 1).plus(5)) {
                gemm.launch(it.gemm(), 0);
                it.assertCorrect();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"70, 40, 8, 0", "9, 72, 72, 520", "131, 136, 1096, 72", "33, 24, 520, 0", "1, 8, 4104, 8"})
    void everyTileGivesTheSameBits(int rows, int columns, int k, int k2) {
        try (ProductCase it = k2 == 0
                ? ProductCase.bf16(driver, Form.NT, rows, columns, k)
                : ProductCase.bf16(driver, Form.NT, rows, columns, k).plus(k2)) {
            Gemm g = it.scaled(0.5f, 0).gemm();
            float[][] expected = null;
            for (FewRowsGemm.Tile tile : FewRowsGemm.Tile.values()) {
                gemm.launch(tile, g, 0);
                it.assertCorrect();
                float[][] result = it.result(g);
                expected = expected == null ? result : expected;
                assertThat(result).as("%s", tile).isDeepEqualTo(expected);
            }
        }
    }

    @Test
    void aRowHasTheSameBitsAlone() {
        try (ProductCase it = ProductCase.bf16(driver, Form.NT, 70, 40, 600).plus(16)) {
            Gemm all = it.gemm();
            gemm.launch(all, 0);
            float[][] expected = it.result(all);
            for (int beside : new int[] {1, 12, 30, 70}) {
                Gemm some = it.rows(70 - beside, beside);
                gemm.launch(some, 0);
                assertThat(it.result(some)[beside - 1]).as("%d rows", beside).containsExactly(expected[69]);
            }
        }
    }
}
