package dev.errata.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.kernels.cuda.Gemm.Form;
import dev.errata.kernels.sim.LaunchReport;
import dev.errata.kernels.sim.SimDriver;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How the products use memory, counted by the simulator: what each step of k adds to the rest of a kernel. */
class GemmMemoryTest {
    private static final int SECTOR = 32;

    @ParameterizedTest
    @EnumSource(
            value = MmaGemm.Tile.class,
            names = {"LARGE", "WIDE", "SMALL"})
    void tilesAreCopiedAndReadWithoutBankConflictsAndInWholeSectors(MmaGemm.Tile tile) {
        for (Form form : List.of(Form.NT, Form.NN, Form.TN)) {
            List<LaunchReport> reports =
                    byDepth(form, 128, 256, (library, g) -> new MmaGemm(library).launch(tile, g, 0));
            assertNoConflicts(reports);
            long requests = reports.get(1).globalRequests() - reports.get(0).globalRequests();
            long sectors = reports.get(1).globalSectors() - reports.get(0).globalSectors();
            assertThat(sectors * SECTOR).as(reports.get(1).kernel()).isEqualTo(requests * 32 * 16);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Form.class,
            names = {"NT", "NN", "TN"})
    void lowRankProductsHaveNoBankConflicts(Form form) {
        for (int rank : new int[] {16, 32, 64}) {
            int m = form == Form.TN ? rank : 64;
            int n = form == Form.TN ? 128 : rank;
            assertNoConflicts(byDepth(form, m, n, (library, g) -> new LoraGemm(library).launch(g, 0, 0)));
        }
    }

    private static void assertNoConflicts(List<LaunchReport> reports) {
        assertThat(reports.get(1).sharedRequests()).isGreaterThan(reports.get(0).sharedRequests());
        assertThat(reports.get(1).bankConflicts())
                .as(reports.get(1).kernel())
                .isEqualTo(reports.get(0).bankConflicts());
    }

    /** The same product 128 and 256 deep. */
    private static List<LaunchReport> byDepth(Form form, int m, int n, BiConsumer<KernelLibrary, Gemm> launch) {
        List<LaunchReport> reports = new ArrayList<>();
        try (SimDriver driver = new SimDriver()) {
            driver.onLaunch(reports::add);
            KernelLibrary library = new KernelLibrary(driver);
            for (int k : new int[] {128, 256}) {
                try (ProductCase it = ProductCase.bf16(driver, form, m, n, k, 0, 0)) {
                    launch.accept(library, it.gemm());
                }
            }
        }
        assertThat(reports).hasSize(2);
        return reports;
    }
}
