package dev.errata.pipeline.report;

import dev.errata.pipeline.record.PathPerplexity;
import dev.errata.pipeline.record.Summary;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The run's report: one HTML page that loads nothing and is made of a run's records alone, so the same data give the same
 * bytes.
 */
public final class ReportPage {
    /** As many arms, the base among them, as the table of results and the paired chart compare completely. */
    private static final int PAIRED_IN_RESULTS = 3;

    private ReportPage() {}

    /** The whole page. Parts that the data lack are left out, and where a reader would miss them the page says so. */
    public static String render(ReportData data) {
        Conclusion verdict = Conclusion.of(data);
        HtmlPage page = new HtmlPage(data.title(), verdict.headline(), verdict.sentences());
        results(page, data);
        paths(page, data);
        training(page, data);
        browsers(page, data);
        if (!data.facts().isEmpty()) {
            page.section("run", "The run", Facts.list(data.facts()));
        }
        return page.render();
    }

    private static void results(HtmlPage page, ReportData data) {
        if (data.arms().isEmpty()) {
            return;
        }
        var html = new Html();
        html.add(ResultTable.of(data));
        html.open("div", "class", "charts").add(AccuracyChart.draw(data.arms()));
        Comparison.of(data, ArmName.LEMA, ArmName.COT)
                .filter(arms -> arms.tested() && !data.armsAreOne())
                .ifPresent(arms -> html.add(PairedChart.draw(data, arms)));
        html.close("div");
        List<Summary.Pair> pairs = data.summary().pairs();
        if (pairs != null && data.arms().size() > PAIRED_IN_RESULTS) {
            html.add(PairTable.of(pairs));
        }
        if (data.summary().byLevel() != null) {
            html.add(BreakdownTable.of(
                    "Accuracy by difficulty", "Level", data.summary().byLevel()));
        }
        if (data.summary().bySteps() != null) {
            html.add(BreakdownTable.of(
                    "Accuracy by the length of the solution",
                    "Steps",
                    data.summary().bySteps()));
        }
        page.section("result", "Result", html);
    }

    private static void paths(HtmlPage page, ReportData data) {
        List<Html> figures = PathFigures.of(data);
        String rows = PathFigures.trainingRows(data);
        if (figures.isEmpty() && rows == null) {
            return;
        }
        var html = new Html();
        if (data.corrections().isEmpty()) {
            html.element("p", "No path was corrected in this run.", "class", "lead");
        }
        if (rows != null) {
            html.element("p", rows, "class", "lead");
        }
        if (!data.mixtures().isEmpty()) {
            html.add(MixtureTable.of(data.mixtures()));
        }
        html.open("div", "class", "charts");
        figures.forEach(html::add);
        page.section("lessons", "From mistakes to lessons", html.close("div"));
    }

    private static void training(HtmlPage page, ReportData data) {
        List<Html> charts = TrainingCurves.of(data.metrics());
        var html = new Html();
        if (charts.isEmpty()) {
            html.element("p", "No arm has been trained.", "class", "lead");
        } else {
            lossWords(html, data);
            html.open("div", "class", "charts");
            charts.forEach(html::add);
            html.close("div");
        }
        if (data.summary() != null
                && data.summary().choices() != null
                && !data.summary().choices().isEmpty()) {
            html.add(ChoiceChart.of(data.summary().choices()));
        }
        page.section("training", "Training", html);
    }

    /** Curves over other rows invite a comparison that they don't bear. */
    private static void lossWords(Html html, ReportData data) {
        if (data.metrics().size() > 1 && !data.armsAreOne()) {
            boolean paper = List.of(ArmName.COT, ArmName.LEMA)
                    .containsAll(data.metrics().keySet());
            html.element(
                    "p",
                    (paper
                                    ? "The curves below are of other rows: CoT sees worked solutions alone, LeMa corrections as"
                                            + " well, whose prompts tell part of what is to be written."
                                    : "Each arm's curve below is of its own rows, and prompts of corrections tell part of what"
                                            + " is to be written.")
                            + " A lower curve is no better arm.",
                    "class",
                    "lead");
        }
        if (data.solutionLoss() != null && !data.solutionLoss().arms().isEmpty()) {
            var parts = new ArrayList<String>();
            for (String arm : ArmName.ordered(data.solutionLoss().arms().keySet())) {
                parts.add(ArmName.shown(arm) + " "
                        + String.format(
                                Locale.ROOT, "%.4f", data.solutionLoss().arms().get(arm)));
            }
            html.element(
                    "p",
                    "Loss on worked solutions alone, the same "
                            + NumberFormats.count(data.solutionLoss().rows(), "problem", "problems") + " for each: "
                            + String.join(", ", parts) + " nats per target token.",
                    "class",
                    "lead");
        }
        PathPerplexity paths = data.summary() == null ? null : data.summary().pathPerplexity();
        if (paths != null && !paths.arms().isEmpty()) {
            html.add(PerplexityTable.of(paths));
        }
    }

    private static void browsers(HtmlPage page, ReportData data) {
        if (!data.problems().isEmpty()) {
            var entries = new TrainingEntries(data);
            page.section(
                    "corrections",
                    "Mistakes and corrections, problem by problem",
                    ProblemBrowser.of("mistakes", data.problems(), TrainingEntries.FILTERS, "kept", entries::of));
        }
        if (!data.heldOut().isEmpty()) {
            var entries = new HeldOutEntries(data);
            page.section(
                    "answers",
                    "Held-out answers, side by side",
                    ProblemBrowser.of("held-out", data.heldOut(), entries.filters(), entries.first(), entries::of));
        }
        if (data.problems().isEmpty() && data.heldOut().isEmpty()) {
            page.section(
                    "problems", "Problems", new Html().element("p", "The run holds no problems yet.", "class", "lead"));
        }
    }
}
