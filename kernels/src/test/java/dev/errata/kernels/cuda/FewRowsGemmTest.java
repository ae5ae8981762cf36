package dev.errata.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.kernels.cuda.Gemm.Form;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
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
    @ValueSource(ints = {1, 5, 8, 9, 16})
    void matchesDoublePrecision(int rows) {
        int[][] shapes = {{8, 8}, {40, 200}, {24, 1096}};
        for (int[] s : shapes) {
            try (ProductCase it = ProductCase.bf16(driver, Form.NT, rows, s[0], s[1])) {
                gemm.launch(it.toBf16().gemm(), 0);
                it.assertCorrect();
            }
            try (ProductCase it = ProductCase.bf16(driver, Form.NT, rows, s[0], s[1]).plus(72)) {
                gemm.launch(it.scaled(0.5f, 1).gemm(), 0);
                it.assertCorrect();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 16})
    void takesAnySizeAndAddress(int rows) {
        int[][] shapes = {{1, 1}, {17, 65}, {3, 519}};
        for (int[] s : shapes) {
            try (ProductCase it = ProductCase.bf16(driver, Form.NT, rows, s[0], s[1], 3, 1).plus(5)) {
                gemm.launch(it.gemm(), 0);
                it.assertCorrect();
            }
        }
    }

    @Test
    void aRowHasTheSameBitsAlone() {
        try (ProductCase it = ProductCase.bf16(driver, Form.NT, 16, 40, 600).plus(16)) {
            Gemm all = it.gemm();
            gemm.launch(all, 0);
            for (int row : new int[] {0, 7, 8, 15}) {
                Gemm alone = it.rows(row, 1);
                gemm.launch(alone, 0);
                assertThat(it.result(alone)[0]).containsExactly(it.result(all)[row]);
            }
        }
    }
}
