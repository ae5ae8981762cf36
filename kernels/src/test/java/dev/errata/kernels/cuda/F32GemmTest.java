package dev.errata.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.kernels.cuda.Gemm.Form;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class F32GemmTest {
    private CudaDriver driver;
    private F32Gemm gemm;

    @BeforeAll
    void open() {
        driver = TestDevice.open();
        gemm = new F32Gemm(new KernelLibrary(driver));
    }

    @AfterAll
    void close() {
        driver.close();
    }

    @ParameterizedTest
    @EnumSource(Form.class)
    void matchesDoublePrecisionInBothTiles(Form form) {
        int[][] shapes = {{1, 1, 1}, {5, 3, 17}, {65, 67, 33}, {130, 140, 20}, {64, 64, 0}};
        for (int[] s : shapes) {
            for (int side : new int[] {64, 128}) {
                try (ProductCase it = ProductCase.f32(driver, form, s[0], s[1], s[2], 0, 1)) {
                    gemm.launch(side, it.gemm(), 0);
                    it.assertCorrect();
                }
                try (ProductCase it = ProductCase.f32(driver, form, s[0], s[1], s[2], 4, 0)) {
                    gemm.launch(side, it.scaled(-0.5f, 3).gemm(), 0);
                    it.assertCorrect();
                }
            }
        }
    }

    @Test
    void largeProductsMatch() {
        int side = TestDevice.REAL ? 1537 : 200;
        try (ProductCase it = ProductCase.f32(driver, Form.NN, side, side, 100, 0, 0)) {
            gemm.launch(it.gemm(), 0);
            it.assertCorrect();
        }
    }

    @Test
    void fewRowsMatch() {
        for (int rows : new int[] {0, 1, 3, 4, 9}) {
            for (int k : new int[] {1, 126, 132, 512}) {
                for (int offset : new int[] {0, 1}) {
                    try (ProductCase it = ProductCase.f32(driver, Form.NT, rows, 7, k, 4, offset)) {
                        gemm.launchFewRows(it.scaled(0.5f, 1).gemm(), 0);
                        it.assertCorrect();
                    }
                }
            }
        }
    }

    @Test
    void aRowHasTheSameBitsAlone() {
        try (ProductCase it = ProductCase.f32(driver, Form.NT, 70, 21, 150, 2, 0)) {
            Gemm all = it.gemm();
            gemm.launch(128, all, 0);
            Gemm alone = it.rows(69, 1);
            gemm.launch(64, alone, 0);
            assertThat(it.result(alone)[0]).containsExactly(it.result(all)[69]);

            Gemm some = it.rows(60, 10);
            gemm.launchFewRows(some, 0);
            gemm.launchFewRows(alone, 0);
            assertThat(it.result(alone)[0]).containsExactly(it.result(some)[9]);
        }
    }
}
