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
class LoraGemmTest {
    private CudaDriver driver;
    private LoraGemm gemm;

    @BeforeAll
    void open() {
        driver = TestDevice.open();
        gemm = new LoraGemm(new KernelLibrary(driver));
    }

    @AfterAll
    void close() {
        driver.close();
    }

    private void check(ProductCase it) {
        Gemm g = it.gemm();
        gemm.launch(g, it.workspace(gemm.workspaceBytes(g)), 0);
        it.assertCorrect();
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 16, 24, 64, 136, 256})
    void goesDownAndBackForEachToken(int rank) {
        for (Form form : new Form[] {Form.NT, Form.NN}) {
            try (ProductCase it = ProductCase.bf16(driver, form, 71, rank, 200)) {
                check(it.toBf16().scaled(0.25f, 0));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 128})
    void goesDownForManyTokens(int rank) {
        int tokens = TestDevice.REAL ? 5000 : 4100;
        for (Form form : new Form[] {Form.NT, Form.NN}) {
            try (ProductCase it = ProductCase.bf16(driver, form, tokens, rank, TestDevice.REAL ? 264 : 8)) {
                check(it);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 64, 136})
    void sumsOverTokensForBothGradients(int rank) {
        int[][] tokensOfSplits = {{1, 1}, {77, 1}, {1100, 2}};
        for (int[] tokens : tokensOfSplits) {
            for (boolean rankIsM : new boolean[] {true, false}) {
                int m = rankIsM ? rank : 144;
                int n = rankIsM ? 144 : rank;
                try (ProductCase it = ProductCase.bf16(driver, Form.TN, m, n, tokens[0])) {
                    Gemm g = it.scaled(2, 1).gemm();
                    assertThat(gemm.workspaceBytes(g)).isEqualTo(tokens[1] == 1 ? 0 : 4L * tokens[1] * m * n);
                    gemm.launch(g, it.workspace(gemm.workspaceBytes(g)), 0);
                    it.assertCorrect();
                }
                try (ProductCase it = ProductCase.bf16(driver, Form.TN, m, n, tokens[0])) {
                    check(it.toBf16());
                }
            }
        }
    }

    @Test
    void aTokenHasTheSameBitsAlone() {
        for (Form form : new Form[] {Form.NT, Form.NN}) {
            try (ProductCase it = ProductCase.bf16(driver, form, 70, 64, 200)) {
                Gemm all = it.gemm();
                gemm.launch(all, 0, 0);
                Gemm alone = it.rows(69, 1);
                gemm.launch(alone, 0, 0);
                assertThat(it.result(alone)[0]).containsExactly(it.result(all)[69]);
            }
        }
    }
}
