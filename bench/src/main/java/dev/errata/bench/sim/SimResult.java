package dev.errata.bench.sim;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.errata.kernels.sim.LaunchReport;
import dev.errata.kernels.sim.check.Finding;
import java.util.List;
import java.util.Map;

/** What {@code sim --json} prints. */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
record SimResult(
        String kernel,
        long instructions,
        Map<String, Long> byKind,
        long globalRequests,
        long globalSectors,
        long sharedRequests,
        long bankConflicts,
        List<Found> findings) {
    /** A finding; block and thread are x, y and z. */
    record Found(
            String kind, String kernel, int line, int[] block, int[] thread, long address, String text, long times) {}

    static SimResult of(LaunchReport r) {
        return new SimResult(
                r.kernel(),
                r.instructions(),
                r.byKind(),
                r.globalRequests(),
                r.globalSectors(),
                r.sharedRequests(),
                r.bankConflicts(),
                r.findings().stream().map(SimResult::found).toList());
    }

    private static Found found(Finding f) {
        return new Found(
                f.kind().toString(),
                f.kernel(),
                f.line(),
                new int[] {f.block().x(), f.block().y(), f.block().z()},
                new int[] {f.thread().x(), f.thread().y(), f.thread().z()},
                f.address(),
                f.text(),
                f.times());
    }
}
