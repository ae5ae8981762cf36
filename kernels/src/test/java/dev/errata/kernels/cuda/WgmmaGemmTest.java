package dev.errata.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.errata.kernels.cuda.Gemm.Form;
import dev.errata.kernels.cuda.WgmmaGemm.Tile;
import java.util.ArrayList;
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
class WgmmaGemmTest {
    private CudaDriver driver;
    private WgmmaGemm gemm;
    private WgmmaGemm onTwo;

    @BeforeAll
    void open() {
        driver = TestDevice.open();
        KernelLibrary library = new KernelLibrary(driver);
        assumeTrue(library.hasHopper(), "not a Hopper device");
        gemm = new WgmmaGemm(library);
        onTwo = new WgmmaGemm(library, 2);
    }

    @AfterAll
    void close() {
        driver.close();
    }

    static Stream<Arguments> shapes() {
        List<Arguments> all = new ArrayList<>();
        for (Tile tile : Tile.values()) {
            for (Form form : List.of(Form.NT, Form.NN, Form.TN)) {
                all.add(Arguments.of(tile, form, 128, 256, 64));
                all.add(Arguments.of(tile, form, 8, 8, 8));
                all.add(Arguments.of(tile, form, 136, 264, 200));
                if (TestDevice.REAL) {
                    all.add(Arguments.of(tile, form, 392, 776, 328));
                    all.add(Arguments.of(tile, form, 1288, 776, 328));
                }
            }
        }
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void matchesDoublePrecision(Tile tile, Form form, int m, int n, int k) {
        try (ProductCase it = ProductCase.bf16(driver, form, m, n, k)) {
            gemm.launch(tile, it.toBf16().gemm(), 0);
            it.assertCorrect();
        }
    }

    @ParameterizedTest
    @EnumSource(Tile.class)
    void storesF32AndAddsToWhatIsThere(Tile tile) {
        for (Form form : List.of(Form.NT, Form.NN, Form.TN)) {
            try (ProductCase it = ProductCase.bf16(driver, form, 136, 72, 72)) {
                gemm.launch(tile, it.gemm(), 0);
                it.assertCorrect();
            }
        }
        try (ProductCase it = ProductCase.bf16(driver, Form.NT, 70, 22, 24)) {
            gemm.launch(tile, it.scaled(0.5f, 2).gemm(), 0);
            it.assertCorrect();
        }
        try (ProductCase it = ProductCase.bf16(driver, Form.NT, 70, 24, 24)) {
            gemm.launch(tile, it.toBf16().scaled(-3, 1).gemm(), 0);
            it.assertCorrect();
        }
    }

    @ParameterizedTest
    @EnumSource(Tile.class)
    void addsToABf16ResultFromTileToTile(Tile tile) {
        for (Form form : List.of(Form.NT, Form.NN, Form.TN)) {
            try (ProductCase it = ProductCase.bf16(driver, form, 296, 328, 72)) {
                onTwo.launch(tile, it.toBf16().scaled(-3, 0.5f).gemm(), 0);
                it.assertCorrect();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Tile.class,
            names = {"WIDE", "NARROW"})
    void dropsWhatItAddsAndWhatItWrites(Tile tile) {
        DropoutMask mask = new DropoutMask(0.3f, -5, 1L << 40);
        for (float beta : new float[] {0, 1}) {
            try (ProductCase it = ProductCase.bf16(driver, Form.NN, 200, 328, 72, 0, 0)) {
                onTwo.launchDropped(
                        tile,
                        it.toBf16().dropped(mask).scaled(mask.scale(), beta).gemm(),
                        mask,
                        0);
                it.assertCorrect();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Tile.class)
    void aBlockGoesFromTileToTileInEveryBand(Tile tile) {
        for (int band : new int[] {1, 2, 16}) {
            try (ProductCase it = ProductCase.bf16(driver, Form.NT, 296, 776, 136)) {
                onTwo.launch(tile, band, it.toBf16().gemm(), 0);
                it.assertCorrect();
            }
        }
        try (ProductCase it = ProductCase.bf16(driver, Form.TN, 296, 392, 200).plus(64)) {
            onTwo.launch(tile, it.scaled(1, 1).gemm(), 0);
            it.assertCorrect();
        }
    }

    @ParameterizedTest
    @EnumSource(Tile.class)
    void addsALowRankPairInTheSameSums(Tile tile) {
        for (Form form : List.of(Form.NT, Form.NN, Form.TN)) {
            try (ProductCase it = ProductCase.bf16(driver, form, 136, 264, 72).plus(16)) {
                gemm.launch(tile, it.toBf16().gemm(), 0);
                it.assertCorrect();
            }
        }
    }

    @Test
    void aRowHasTheSameBitsAloneAndInEveryTile() {
        for (Form form : List.of(Form.NT, Form.NN)) {
            try (ProductCase it = ProductCase.bf16(driver, form, 130, 136, 200).plus(8)) {
                Gemm all = it.gemm();
                gemm.launch(Tile.WIDE, all, 0);
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
}
