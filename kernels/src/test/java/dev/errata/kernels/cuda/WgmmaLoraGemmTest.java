package dev.errata.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.errata.kernels.cuda.Gemm.Form;
import dev.errata.tensor.DType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WgmmaLoraGemmTest {
    private CudaDriver driver;
    private KernelLibrary library;
    private WgmmaLoraGemm gemm;

    @BeforeAll
    void open() {
        driver = TestDevice.open();
        library = new KernelLibrary(driver);
        assumeTrue(library.hasHopper(), "not a Hopper device");
        gemm = new WgmmaLoraGemm(library);
    }

    @AfterAll
    void close() {
        driver.close();
    }

    private void check(ProductCase it) {
        gemm.launch(it.gemm(), 0);
        it.assertCorrect();
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 64, 72, 192, 256})
    void goesDownAndBackForEachToken(int rank) {
        for (Form form : new Form[] {Form.NT, Form.NN}) {
            try (ProductCase it = ProductCase.bf16(driver, form, 71, rank, 200)) {
                check(it.toBf16().scaled(0.25f, 0));
            }
        }
        try (ProductCase it = ProductCase.bf16(driver, Form.NT, 130, rank, 72)) {
            check(it.scaled(2, -1));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 64, 72, 192, 256})
    void sumsOverTokensForBothGradients(int rank) {
        for (boolean rankIsM : new boolean[] {true, false}) {
            int m = rankIsM ? rank : 264;
            int n = rankIsM ? 264 : rank;
            try (ProductCase it = ProductCase.bf16(driver, Form.TN, m, n, 77)) {
                check(it.scaled(2, 1));
            }
            try (ProductCase it = ProductCase.bf16(driver, Form.TN, m, n, 600)) {
                check(it.toBf16());
            }
        }
    }

    @Test
    void fewTokensLeaveBlocksOfAClusterWithNone() {
        for (int tokens : new int[] {1, 64, 129}) {
            try (ProductCase it = ProductCase.bf16(driver, Form.TN, 136, 16, tokens)) {
                check(it);
            }
        }
    }

    @Test
    void aTokenHasTheSameBitsAlone() {
        for (Form form : new Form[] {Form.NT, Form.NN}) {
            try (ProductCase it = ProductCase.bf16(driver, form, 70, 64, 200)) {
                Gemm all = it.gemm();
                gemm.launch(all, 0);
                Gemm alone = it.rows(69, 1);
                gemm.launch(alone, 0);
                assertThat(it.result(alone)[0]).containsExactly(it.result(all)[69]);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 24, 64})
    void foldsPiecesAsTheirKernelDoes(int step) {
        PieceKernels pieces = new PieceKernels(library);
        int ranks = step - 3;
        int all = PieceKernels.PIECES * step;
        for (Form form : new Form[] {Form.NT, Form.NN, Form.TN}) {
            try (ProductCase it = ProductCase.bf16(driver, form, 136, all, 200)) {
                assertFolds(pieces, it, step, ranks, false);
            }
        }
        try (ProductCase it = ProductCase.bf16(driver, Form.TN, all, 264, 200)) {
            assertFolds(pieces, it, step, ranks, true);
        }
    }

    private void assertFolds(PieceKernels pieces, ProductCase it, int step, int ranks, boolean rankIsM) {
        Gemm g = it.gemm();
        gemm.launch(g, 0);
        int m = rankIsM ? ranks : g.m();
        int n = rankIsM ? g.n() : ranks;
        Gemm separate = into(g, m, n, it);
        long stepOfSums = rankIsM ? (long) step * g.c().stride() : step;
        pieces.fold(g.c().address(), g.c().stride(), stepOfSums, DType.F32, separate.c(), m, n, 0.5f, 0, 0);
        Gemm folded = into(g, m, n, it);
        Gemm whole =
                new Gemm(g.form(), g.m(), g.n(), g.k(), g.a(), g.b(), 0, g.a2(), g.b2(), folded.c(), false, 0.5f, 0);
        gemm.launchFolded(whole, rankIsM, ranks, 0);
        assertThat(it.result(folded)).isDeepEqualTo(it.result(separate));
    }

    /** A product's description with a result [m, n] of its own. */
    private static Gemm into(Gemm g, int m, int n, ProductCase it) {
        DeviceMatrix c = new DeviceMatrix(it.workspace((long) m * n * Float.BYTES), n);
        return new Gemm(g.form(), m, n, g.k(), g.a(), g.b(), 0, g.a2(), g.b2(), c, false, 1, 0);
    }

    @Test
    void refusesWhatItsKernelsCant() {
        try (ProductCase it = ProductCase.bf16(driver, Form.NT, 16, 264, 64)) {
            Gemm g = it.gemm();
            assertThat(gemm.supports(g)).isFalse();
            assertThatIllegalArgumentException().isThrownBy(() -> gemm.launch(g, 0));
        }
        try (ProductCase it = ProductCase.bf16(driver, Form.NT, 16, 24, 64)) {
            Gemm g = it.gemm();
            assertThatIllegalArgumentException().isThrownBy(() -> gemm.launchFolded(g, false, 9, 0));
        }
    }
}
