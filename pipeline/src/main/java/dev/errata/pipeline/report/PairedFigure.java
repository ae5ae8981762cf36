package dev.errata.pipeline.report;

import java.util.List;

/** The paired test as the four counts it rests on. */
final class PairedFigure {
    private PairedFigure() {}

    /** LeMa against CoT; counts that the data do not hold are left out. */
    static Html of(ReportData data, Comparison arms) {
        var all = PairedCounts.of(
                data.evaluations().getOrDefault(arms.first(), List.of()),
                data.evaluations().getOrDefault(arms.second(), List.of()));
        var html = new Html();
        html.open("dl", "class", "paired");
        if (all.total() > 0) {
            cell(html, "both right", all.both(), null);
        }
        cell(html, "LeMa alone", arms.onlyFirst(), ArmName.style(ArmName.LEMA));
        cell(html, "CoT alone", arms.onlySecond(), ArmName.style(ArmName.COT));
        if (all.total() > 0) {
            cell(html, "both wrong", all.neither(), null);
        }
        html.open("div", "class", "test").element("dt", "exact McNemar test");
        html.element("dd", Numbers.pValue(arms.p())).close("div");
        return html.close("dl").line();
    }

    private static void cell(Html html, String name, int count, String style) {
        html.open("div", "class", style)
                .element("dt", name)
                .element("dd", Numbers.count(count))
                .close("div");
    }
}
