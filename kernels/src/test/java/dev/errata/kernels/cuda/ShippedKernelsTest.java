package dev.errata.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.kernels.sim.SimDriver;
import dev.errata.tensor.DeviceReport;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShippedKernelsTest {
    private static DeviceReport on(int computeCapability) {
        try (CudaDriver driver = new SimDriver(computeCapability)) {
            return ShippedKernels.report(driver);
        }
    }

    private static List<String> refused(DeviceReport report) {
        return report.code().stream()
                .filter(code -> code.refusal() != null)
                .map(DeviceReport.Code::file)
                .toList();
    }

    @Test
    void allRunOnHopper() {
        DeviceReport report = on(90);
        assertThat(report.computeCapability()).isEqualTo("9.0");
        assertThat(report.driver()).isEqualTo("CUDA 13.0");
        assertThat(report.freeBytes()).isPositive().isLessThanOrEqualTo(report.memoryBytes());
        assertThat(report.code()).hasSizeGreaterThan(15).allMatch(code -> code.kernels() > 0);
        assertThat(refused(report)).isEmpty();
    }

    @Test
    void hoppersOwnAreRefusedElsewhereAndSayWhatTakesTheirPlace() {
        DeviceReport report = on(86);
        assertThat(refused(report)).isNotEmpty().allMatch(file -> file.startsWith("sm_90a/"));
        assertThat(report.code())
                .filteredOn(code -> code.refusal() != null)
                .allMatch(code ->
                        code.refusal().contains("9.0 alone") && code.refusal().contains("sm_80/gemm_bf16"));
    }
}
