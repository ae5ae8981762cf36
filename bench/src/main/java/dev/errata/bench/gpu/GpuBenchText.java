package dev.errata.bench.gpu;

import dev.errata.bench.measure.Spread;
import dev.errata.bench.measure.TextTable;
import dev.errata.train.MemoryFit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What {@code gpu-bench} says to people: the long table first, the short ones last. */
record GpuBenchText(GpuBenchResult result) {
    /** Operators of a step that are named one by one. */
    private static final int NAMED = 14;

    String text() {
        List<String> parts = new ArrayList<>();
        parts.add(head());
        if (!result.kernels().isEmpty()) {
            parts.add(kernels());
        }
        result.training().forEach(row -> parts.add(operators(row)));
        if (!result.training().isEmpty()) {
            parts.add(training());
        }
        if (!result.decoding().isEmpty()) {
            parts.add(decoding());
        }
        String notes = notes();
        if (!notes.isEmpty()) {
            parts.add(notes);
        }
        return String.join("\n", parts);
    }

    private String head() {
        Ceilings ceilings = result.ceilings();
        StringBuilder text = new StringBuilder(result.card().line() + "\n");
        text.append(String.format(
                Locale.ROOT,
                "copy %.0f GB/s read and written; own bf16 product %.0f TFLOP/s",
                ceilings.copyBytesPerSecond() / 1e9,
                ceilings.product() / 1e12));
        ceilings.cublas()
                .forEach((side, rate) ->
                        text.append(String.format(Locale.ROOT, "; cuBLAS %d: %.0f TFLOP/s", side, rate / 1e12)));
        return text.append('\n').toString();
    }

    private String kernels() {
        TextTable table = TextTable.of("kernel", "shape", "#ms", "#min", "#max", "#GB/s", "#TFLOP/s", "#of ceiling %");
        for (KernelRow row : result.kernels()) {
            table.add(
                    row.kernel(),
                    row.shape(),
                    milliseconds(row.milliseconds().median()),
                    milliseconds(row.milliseconds().min()),
                    milliseconds(row.milliseconds().max()),
                    row.bytesPerSecond() == null ? null : Spread.shown(row.bytesPerSecond() / 1e9),
                    row.operationsPerSecond() == null ? null : Spread.shown(row.operationsPerSecond() / 1e12),
                    row.fraction() == null ? null : percent(row.fraction()));
        }
        return table.markdown();
    }

    private static String operators(TrainingRow row) {
        TextTable table = TextTable.of("operator", "#ms", "#share %", "#calls", "#TFLOP/s");
        double others = 0;
        double share = 0;
        int calls = 0;
        for (int i = 0; i < row.operators().size(); i++) {
            OperatorTimes.Row each = row.operators().get(i);
            if (i < NAMED) {
                table.add(
                        each.name(),
                        Spread.shown(each.milliseconds()),
                        percent(each.share()),
                        each.calls(),
                        each.teraflops() == null ? null : Spread.shown(each.teraflops()));
            } else {
                others += each.milliseconds();
                share += each.share();
                calls += each.calls();
            }
        }
        if (calls > 0) {
            table.add("others", Spread.shown(others), percent(share), calls, null);
        }
        return "Time by operator of a step of " + row.model() + "\n\n" + table.markdown();
    }

    private String training() {
        TextTable table = TextTable.of(
                "QLoRA step",
                "#tokens",
                "recompute",
                "#ms",
                "#tokens/s",
                "#floor tokens/s",
                "#of floor %",
                "weights",
                "peak live",
                "reserved",
                "planned");
        for (TrainingRow row : result.training()) {
            table.add(
                    row.layers() == row.layersRun()
                            ? row.model()
                            : row.model() + ", computed from " + row.layersRun() + " of " + row.layers() + " layers",
                    row.rows() * row.length(),
                    row.recompute(),
                    Spread.shown(row.milliseconds().median()),
                    row.tokensPerSecond().shownMedian(),
                    Spread.shown(row.floorTokensPerSecond()),
                    percent(row.fractionOfFloor()),
                    MemoryFit.shown(row.weightBytes()),
                    MemoryFit.shown(row.peakBytes()),
                    MemoryFit.shown(row.reservedBytes()),
                    MemoryFit.shown(row.plannedBytes()));
        }
        return table.markdown();
    }

    private String decoding() {
        TextTable table = TextTable.of(
                "decoding",
                "weights",
                "#batch",
                "#context",
                "#written",
                "#tokens/s",
                "#floor tokens/s",
                "#of floor %",
                "peak live");
        for (DecodingRow row : result.decoding()) {
            table.add(
                    row.model(),
                    row.weights(),
                    row.batch(),
                    row.context(),
                    row.tokens(),
                    row.refusal() != null ? "no" : row.tokensPerSecond().shownMedian(),
                    Spread.shown(row.floorTokensPerSecond()),
                    row.refusal() != null ? null : percent(row.fractionOfFloor()),
                    MemoryFit.shown(row.peakBytes()));
        }
        return table.markdown();
    }

    private String notes() {
        List<String> notes = new ArrayList<>();
        if (result.card().device().equals("sim")) {
            notes.add("Simulated at tiny sizes: times and rates tell nothing.");
        }
        if (!result.training().isEmpty()) {
            notes.add(
                    "Floor of a step: its products alone at the best rate above; of decoding: weights, keys and values"
                            + " read once a token at the copy's speed.");
        }
        for (DecodingRow row : result.decoding()) {
            if (row.refusal() != null) {
                notes.add(row.model() + " in " + row.weights() + ", " + row.batch() + " together: " + row.refusal());
            }
        }
        if (!result.skipped().isEmpty()) {
            notes.add("Skipped, time was up: " + String.join(", ", result.skipped())
                    + ". The same command again goes on with them.");
        }
        result.failed().forEach(what -> notes.add("FAILED " + what));
        return String.join("\n", notes) + (notes.isEmpty() ? "" : "\n");
    }

    private static String milliseconds(double value) {
        return String.format(Locale.ROOT, "%.4f", value);
    }

    private static String percent(double fraction) {
        return String.format(Locale.ROOT, "%.1f", 100 * fraction);
    }
}
