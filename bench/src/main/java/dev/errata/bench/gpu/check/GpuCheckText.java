package dev.errata.bench.gpu.check;

import dev.errata.bench.measure.TextTable;
import dev.errata.kernels.cuda.ptx.PtxManifest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What {@code gpu-check} says to people. */
record GpuCheckText(GpuCheckResult result) {
    String text() {
        StringBuilder text = new StringBuilder(result.card().line() + "\n\n");
        TextTable operators = TextTable.of("operator", "#cases", "#failed", "#largest difference", "#allowed");
        for (CheckedOperator row : result.operators()) {
            operators.add(row.operator(), row.cases(), row.failed(), size(row.difference()), size(row.allowed()));
        }
        text.append(operators.markdown());
        if (!result.models().isEmpty()) {
            TextTable models = TextTable.of("a small model", "device", "CPU", "allowed", "result");
            for (CheckedModel row : result.models()) {
                models.add(row.what(), row.device(), row.cpu(), row.allowed(), row.passed() ? "ok" : "FAIL");
            }
            text.append('\n').append(models.markdown());
        }
        return text.append('\n').append(String.join("\n", notes())).append('\n').toString();
    }

    private List<String> notes() {
        List<String> notes = new ArrayList<>();
        for (CheckedOperator row : result.operators()) {
            if (!row.passed()) {
                notes.add("FAIL " + row.operator() + ": " + row.firstFailure());
            }
        }
        notes.add(
                "Differences are relative to the largest element of an output, or to 1; a few elements of BF16 outputs"
                        + " may be neighbours beside that.");
        int kernels = PtxManifest.shipped().stream()
                .mapToInt(file -> file.entries().size())
                .sum();
        notes.add(result.kernels().size() + " of " + kernels
                + " kernels were launched: the others are for shapes, types or"
                + " devices that this check doesn't have.");
        if (!result.isWhole()) {
            notes.add(String.format(
                    Locale.ROOT,
                    "Not reached in this time: %d of %d cases, %d of %d checks of models. The same command again goes on"
                            + " with them.",
                    result.allCases() - result.cases(),
                    result.allCases(),
                    result.allModels() - result.models().size(),
                    result.allModels()));
        }
        notes.add(result.failed() == 0 ? "all that was compared agrees" : result.failed() + " rows failed");
        return notes;
    }

    private static String size(double value) {
        return value == 0 ? "0" : String.format(Locale.ROOT, "%.1e", value);
    }
}
