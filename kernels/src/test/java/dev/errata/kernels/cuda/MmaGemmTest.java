package dev.errata.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.kernels.cuda.Gemm.Form;
import dev.errata.kernels.cuda.MmaGemm.Tile;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MmaGemmTest {
    private CudaDriver driver;
    private MmaGemm gemm;

    @BeforeAll
    void open() {
        driver = TestDevice.open();
        gemm = new MmaGemm(new KernelLibrary(driver));
    }

    @AfterAll
    void close() {
        driver.close();
    }

    static Stream<Arguments> shapes() {
        List<Arguments> all = new java.util.ArrayList<>();
        for (Tile tile : Tile.values()) {
            for (Form form : List.of(Form.NT, Form.NN, Form.TN)) {
                all.add(Arguments.of(tile, form, 8, 8, 8));
                all.add(Arguments.of(tile, form, 72, 136, 40));
                all.add(Arguments.of(tile, form, 136, 264, 168));
                if (TestDevice.REAL) {
                    all.add(Arguments.of(tile, form, 1032, 776, 1096));
                }
            }
        }
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void matchesDoublePrecision(Tile tile, Form form, int m, int n, int k) {
        try (ProductCase it = ProductCase.bf16(driver, form, m, n, k)) {
            gemm.launch(tile, it.gemm(), 0);
            it.assertCorrect();
        }
    }

    @ParameterizedTest
    @EnumSource(Tile.class)
    void addsALowRankPairInTheSameSums(Tile tile) {
        for (Form form : List.of(Form.NT, Form.NN, Form.TN)) {
            try (ProductCase it = ProductCase.bf16(driver, form, 80, 144, 48).plus(16)) {
                gemm.launch(tile, it.toBf16().gemm(), 0);
                it.assertCorrect();
            }
            try (ProductCase it = ProductCase.bf16(driver, form, 16, 16, 0).plus(72)) {
                gemm.launch(tile, it.gemm(), 0);
                it.assertCorrect();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Tile.class)
    void scalesAndAddsToWhatIsThere(Tile tile) {
        for (int n : new int[] {16, 21}) {
            int padding = n == 16 ? 8 : 1;
            Tile fitting = n == 16 ? tile : Tile.ANY;
            try (ProductCase it = ProductCase.bf16(driver, Form.NT, 19, n, 24, padding, 0)) {
                gemm.launch(fitting, it.scaled(0.5f, 2).gemm(), 0);
                it.assertCorrect();
            }
            try (ProductCase it = ProductCase.bf16(driver, Form.NT, 19, n, 24, padding, 0)) {
                gemm.launch(fitting, it.toBf16().scaled(-3, 1).gemm(), 0);
                it.assertCorrect();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Form.class,
            names = {"NT", "NN", "TN"})
    void takesAnySizeAndAddress(Form form) {
        int[][] shapes = {{1, 1, 1}, {1, 3, 65}, {65, 67, 33}, {7, 130, 5}};
        for (int[] s : shapes) {
            for (int offset : new int[] {0, 1}) {
                try (ProductCase it = ProductCase.bf16(driver, form, s[0], s[1], s[2], 3, offset)
                        .plus(5)) {
                    gemm.launch(it.gemm(), 0);
                    it.assertCorrect();
                }
            }
        }
    }

    @Test
    void withoutDepthOnlyWhatIsThereIsScaled() {
        try (ProductCase it = ProductCase.bf16(driver, Form.NT, 5, 8, 0)) {
            gemm.launch(it.gemm(), 0);
            it.assertCorrect();
        }
        try (ProductCase it = ProductCase.bf16(driver, Form.NT, 5, 8, 0)) {
            gemm.launch(it.scaled(1, 2).gemm(), 0);
            it.assertCorrect();
        }
    }

    @Test
    void anEmptyProductIsNoLaunch() {
        try (ProductCase it = ProductCase.bf16(driver, Form.NT, 0, 8, 8)) {
            gemm.launch(it.gemm(), 0);
        }
    }

    @Test
    void aRowHasTheSameBitsAloneAndInEveryTile() {
        for (Form form : List.of(Form.NT, Form.NN)) {
            try (ProductCase it = ProductCase.bf16(driver, form, 130, 72, 104).plus(8)) {
                Gemm all = it.gemm();
                gemm.launch(Tile.LARGE, all, 0);
                float[][] expected = it.result(all);
                for (Tile tile : Tile.values()) {
                    for (int row : new int[] {0, 77, 129}) {
                        Gemm alone = it.rows(row, 1);
                        gemm.launch(tile, alone, 0);
                        assertThat(it.result(alone)[0])
                                .as("%s row %d", tile, row)
                                .containsExactly(expected[row]);
                    }
                }
            }
        }
    }

    @Test
    void twoTransposedMatricesAreRefused() {
        try (ProductCase it = ProductCase.bf16(driver, Form.TT, 8, 8, 8)) {
            assertThatThrownBy(() -> gemm.launch(it.gemm(), 0)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void aTileOfChunksRefusesWhatIsNotAligned() {
        try (ProductCase it = ProductCase.bf16(driver, Form.NT, 8, 8, 8, 0, 1)) {
            assertThatThrownBy(() -> gemm.launch(Tile.SMALL, it.gemm(), 0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("16-byte");
        }
    }
}
