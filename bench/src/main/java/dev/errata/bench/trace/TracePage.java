package dev.errata.bench.trace;

import dev.errata.bench.ops.Ceilings;
import dev.errata.pipeline.report.Html;
import dev.errata.pipeline.report.HtmlPage;
import dev.errata.train.MemoryFit;
import dev.errata.train.MemoryPlan;
import dev.errata.train.trace.Phase;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The page of a traced step: where its time went, what memory it held and what for. */
final class TracePage {
    private TracePage() {}

    static String of(TraceSummary summary, StepTrace trace) {
        String headline = String.format(
                Locale.ROOT,
                "Step %d took %.0f ms and %s at most",
                summary.step(),
                summary.seconds() * 1e3,
                MemoryFit.shown(summary.memory().peakBytes()));
        return new HtmlPage("trace of " + summary.config(), headline, findings(summary))
                .section("time", "Time", time(trace))
                .section("operators", "By operator", operators(summary.operators(), "Operator"))
                .section("layers", "By layer", operators(summary.layers(), "Place"))
                .section("memory", "Memory", memory(summary, trace))
                .section("kept", "What is kept for gradients", kept(summary))
                .render();
    }

    private static List<String> findings(TraceSummary summary) {
        List<String> findings = new ArrayList<>();
        findings.add(String.format(
                Locale.ROOT,
                "%d tokens on %s with %d threads of %s; loss %.6g, gradient norm %.6g.",
                summary.tokens(),
                summary.device(),
                summary.threads(),
                summary.machine(),
                summary.loss(),
                summary.gradNorm()));
        OperatorLine first = summary.operators().getFirst();
        findings.add(String.format(
                Locale.ROOT,
                "Most time goes to %s%s: %.0f\u00a0%%.",
                first.name(),
                first.phase() == null ? "" : ", " + first.phase(),
                100 * first.share()));
        if (summary.sameAsRun() != null) {
            findings.add(
                    summary.sameAsRun()
                            ? "Loss and gradient norm are the run's own, bit for bit."
                            : "Loss or gradient norm differ from what the run logged: another machine, device or version.");
        }
        if (summary.ceilings() != null) {
            findings.add(limits(summary.ceilings()));
        }
        return findings;
    }

    private static String limits(Ceilings ceilings) {
        String bf16 = ceilings.bf16() == null
                ? ""
                : String.format(
                        Locale.ROOT,
                        " %.0f of bf16 by %s,",
                        ceilings.bf16().gflops().median(),
                        ceilings.bf16().unit());
        return String.format(
                Locale.ROOT,
                "The machine's limits, measured just before: %.0f GFLOP/s of f32,%s %.1f GB/s of reading.",
                ceilings.gflops().median(),
                bf16,
                ceilings.gbytesPerSecond().median());
    }

    private static Html time(StepTrace trace) {
        var html = new Html();
        html.open("p", "class", "note");
        for (Phase phase : Phase.values()) {
            swatch(html, "phase-" + phase.shown(), phase.shown());
        }
        return html.close("p").add(TimeChart.draw(trace));
    }

    private static void swatch(Html html, String style, String text) {
        html.element("span", "", "class", "swatch " + style).text(text + "\u2003");
    }

    private static Html operators(List<OperatorLine> lines, String heading) {
        var html = new Html();
        head(html, heading, "Phase", "Calls", "ms", "Share", "GFLOP", "GB", "Of the limit");
        for (OperatorLine line : lines) {
            html.open("tr").element("th", line.name(), "scope", "row");
            cell(html, "Phase", line.phase() == null ? "" : line.phase());
            cell(html, "Calls", line.calls() == 0 ? "" : Integer.toString(line.calls()));
            cell(html, "ms", number("%.2f", line.seconds() * 1e3));
            cell(html, "Share", number("%.1f\u00a0%%", 100 * line.share()));
            cell(html, "GFLOP", line.gigaflop() == 0 ? "" : number("%.2f", line.gigaflop()));
            cell(html, "GB", line.gigabytes() == 0 ? "" : number("%.3f", line.gigabytes()));
            cell(html, "Of the limit", line.fraction() == null ? "" : number("%.0f\u00a0%%", 100 * line.fraction()));
            html.close("tr").line();
        }
        return html.close("tbody")
                .close("table")
                .element(
                        "p",
                        "The limit: the least time that the machine's arithmetic and memory allow. Above 100\u00a0% operands stayed in"
                                + " caches. Backward, the few sums before a layer's first weight count to the layer above.",
                        "class",
                        "note");
    }

    private static Html memory(TraceSummary summary, StepTrace trace) {
        var html = new Html();
        MemoryPlan.Bytes planned = summary.memory().planned();
        html.open("p", "class", "note");
        for (MemoryKind kind : MemoryKind.values()) {
            swatch(html, "kind-" + kind.key(), kind.shown());
        }
        html.close("p").add(MemoryChart.draw(trace, planned.total()));
        head(html, "Kind", "When most is live", "Planned", "What it is");
        for (MemoryKind kind : MemoryKind.values()) {
            html.open("tr").element("th", kind.shown(), "scope", "row");
            cell(
                    html,
                    "When most is live",
                    MemoryFit.shown(summary.memory().peak().getOrDefault(kind.key(), 0L)));
            cell(html, "Planned", planned(kind, planned));
            html.element("td", kind.meaning(), "data-label", "What it is")
                    .close("tr")
                    .line();
        }
        return html.close("tbody")
                .close("table")
                .element(
                        "p",
                        "Planned activations hold their gradients and scratch too, and what a pool of memory can't use.",
                        "class",
                        "note");
    }

    private static String planned(MemoryKind kind, MemoryPlan.Bytes planned) {
        return switch (kind) {
            case WEIGHTS -> MemoryFit.shown(planned.weights());
            case ADAPTERS -> MemoryFit.shown(planned.adapters());
            case OPTIMIZER -> MemoryFit.shown(planned.optimizer());
            case GRADIENTS -> MemoryFit.shown(planned.gradients());
            case ACTIVATIONS -> MemoryFit.shown(planned.activations());
            case ACTIVATION_GRADIENTS, SCRATCH -> "";
        };
    }

    private static Html kept(TraceSummary summary) {
        var html = new Html();
        html.element(
                "p",
                MemoryFit.shown(summary.memory().keptForBackward())
                        + " of activations are live when gradients begin. Each line: tensors of one name, the operator that made"
                        + " them and the ones that are yet to read them.",
                "class",
                "lead");
        head(html, "Tensor", "Number", "Bytes", "Made by", "Where", "Waited for by");
        for (KeptTensor line : summary.kept()) {
            html.open("tr").element("th", line.name(), "scope", "row");
            cell(html, "Number", Integer.toString(line.tensors()));
            cell(html, "Bytes", MemoryFit.shown(line.bytes()));
            html.element("td", line.madeBy(), "data-label", "Made by");
            html.element("td", String.join(" … ", line.places()), "data-label", "Where");
            html.element("td", String.join(", ", line.waiting()), "data-label", "Waited for by", "class", "wide");
            html.close("tr").line();
        }
        return html.close("tbody").close("table");
    }

    private static void head(Html html, String first, String... columns) {
        html.open("table", "class", "results").open("thead").open("tr").element("th", first, "scope", "col");
        for (String column : columns) {
            html.element("th", column, "scope", "col");
        }
        html.close("tr").close("thead").open("tbody").line();
    }

    private static void cell(Html html, String column, String text) {
        html.element("td", text, "data-label", column);
    }

    private static String number(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }
}
