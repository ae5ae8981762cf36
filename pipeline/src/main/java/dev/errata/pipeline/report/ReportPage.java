package dev.errata.pipeline.report;

import java.util.List;

/**
 * The run's report: one HTML page that loads nothing and is made of a run's records alone, so the same data give the same
 * bytes.
 */
public final class ReportPage {
    private ReportPage() {}

    /** The whole page. Parts that the data lack are left out, and where a reader would miss them the page says so. */
    public static String render(ReportData data) {
        Verdict verdict = Verdict.of(data);
        Page page = new Page(data.title(), verdict.headline(), verdict.sentences());
        results(page, data);
        paths(page, data);
        training(page, data);
        browsers(page, data);
        if (!data.facts().isEmpty()) {
            page.section("run", "The run", Facts.list(data.facts()));
        }
        return page.render();
    }

    private static void results(Page page, ReportData data) {
        if (data.arms().isEmpty()) {
            return;
        }
        var html = new Html();
        html.add(ResultTable.of(data));
        html.open("div", "class", "charts").add(AccuracyChart.draw(data.arms()));
        Comparison.of(data, ArmName.LEMA, ArmName.COT)
                .filter(Comparison::tested)
                .ifPresent(arms -> html.add(PairedChart.draw(data, arms)));
        page.section("result", "Result", html.close("div"));
    }

    private static void paths(Page page, ReportData data) {
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
        html.open("div", "class", "charts");
        figures.forEach(html::add);
        page.section("lessons", "From mistakes to lessons", html.close("div"));
    }

    private static void training(Page page, ReportData data) {
        List<Html> charts = TrainingCurves.of(data.metrics());
        var html = new Html();
        if (charts.isEmpty()) {
            html.element("p", "No arm has been trained.", "class", "lead");
        } else {
            html.open("div", "class", "charts");
            charts.forEach(html::add);
            html.close("div");
        }
        page.section("training", "Training", html);
    }

    private static void browsers(Page page, ReportData data) {
        if (!data.problems().isEmpty()) {
            var entries = new TrainingEntries(data);
            page.section(
                    "corrections",
                    "Mistakes and corrections, problem by problem",
                    ProblemBrowser.of("mistakes", data.problems(), TrainingEntries.FILTERS, "corrected", entries::of));
        }
        if (!data.heldOut().isEmpty()) {
            var entries = new HeldOutEntries(data);
            page.section(
                    "answers",
                    "Held-out answers, side by side",
                    ProblemBrowser.of("held-out", data.heldOut(), entries.filters(), "", entries::of));
        }
        if (data.problems().isEmpty() && data.heldOut().isEmpty()) {
            page.section(
                    "problems", "Problems", new Html().element("p", "The run holds no problems yet.", "class", "lead"));
        }
    }
}
