package dev.errata.kernels.sim;

import dev.errata.kernels.cuda.CudaException;
import dev.errata.kernels.sim.check.Finding;
import dev.errata.kernels.sim.ptx.PtxException;
import java.util.List;

/** Failures under the names that CUDA has for them. */
final class Failures {
    private static final int SHOWN = 20;

    private Failures() {}

    static CudaException of(String error, String doing) {
        return new CudaException(error, doing);
    }

    static CudaException invalidValue(String what) {
        return new CudaException("CUDA_ERROR_INVALID_VALUE", what);
    }

    static CudaException invalidHandle(String what) {
        return new CudaException("CUDA_ERROR_INVALID_HANDLE", what + " doesn't exist");
    }

    static CudaException invalidPtx(String module, PtxException cause) {
        CudaException failure = new CudaException("CUDA_ERROR_INVALID_PTX", module + " " + cause.getMessage());
        failure.initCause(cause);
        return failure;
    }

    /** The first finding gives the error its name, all of them its text. */
    static CudaException of(LaunchReport report) {
        List<Finding> findings = report.findings();
        StringBuilder text = new StringBuilder(report.kernel());
        for (Finding f : findings.subList(0, Math.min(SHOWN, findings.size()))) {
            text.append("\n  ").append(f);
        }
        if (findings.size() > SHOWN) {
            text.append("\n  and ").append(findings.size() - SHOWN).append(" more");
        }
        return new CudaException(error(findings.getFirst()), text.toString());
    }

    private static String error(Finding finding) {
        return switch (finding.kind()) {
            case OUT_OF_BOUNDS -> "CUDA_ERROR_ILLEGAL_ADDRESS";
            case MISALIGNED -> "CUDA_ERROR_MISALIGNED_ADDRESS";
            case DEADLOCK -> "CUDA_ERROR_LAUNCH_TIMEOUT";
            case LAUNCH -> "CUDA_ERROR_INVALID_VALUE";
            default -> "CUDA_ERROR_LAUNCH_FAILED";
        };
    }
}
