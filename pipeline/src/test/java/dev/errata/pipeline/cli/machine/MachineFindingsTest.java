package dev.errata.pipeline.cli.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.pipeline.data.Json;
import dev.errata.tensor.DeviceReport;
import java.util.List;
import org.junit.jupiter.api.Test;

class MachineFindingsTest {
    private static final long GIB = 1L << 30;

    private static MachineFindings withGpu(String refusal, String codeRefusal) {
        DeviceReport report = new DeviceReport(
                "NVIDIA L4",
                "CUDA 13.0",
                "8.9",
                58,
                24 * GIB,
                23 * GIB,
                List.of(
                        new DeviceReport.Code("sm_80/norm", 30, null),
                        new DeviceReport.Code("sm_80/rope", 4, null),
                        new DeviceReport.Code("sm_90a/gemm_wgmma", 9, codeRefusal)));
        return MachineFindings.of(new Machine(
                "25",
                "/runtime",
                "Linux amd64",
                8,
                512,
                GIB,
                64 * GIB,
                60 * GIB,
                100 * GIB,
                "madvise",
                "/usr/lib/libcuda.so.1",
                List.of(
                        new Machine.Device("cpu", false, null, null, "vdpbf16ps"),
                        new Machine.Device("cuda", true, refusal, report, null))));
    }

    @Test
    void aGpuIsToldWithItsMemoryAndTheKernelsThatRefuseIt() {
        String text = withGpu(null, "is for compute capability 9.0 alone").text();
        assertThat(text)
                .contains(
                        "NVIDIA L4, compute capability 8.9, 58 multiprocessors, driver of CUDA 13.0",
                        "GPU memory   24.0 GiB, free 23.0 GiB",
                        "kernels      34 in 2 of 3 files run here",
                        "refused      sm_90a/gemm_wgmma (9 kernels): is for compute capability 9.0 alone",
                        "cuda         can run, with --device cuda",
                        "no problems found");
    }

    @Test
    void oneThatCannotBeUsedIsToldTooAndIsAProblem() {
        MachineFindings findings = withGpu("it has compute capability 7.5", "needs compute capability 8.0 or later");
        assertThat(findings.text())
                .contains("cuda         can't run: it has compute capability 7.5", "NVIDIA L4", "problem ");
        assertThat(Json.line(findings)).contains("\"compute_capability\":\"8.9\"", "\"refusal\":\"needs compute");
    }
}
