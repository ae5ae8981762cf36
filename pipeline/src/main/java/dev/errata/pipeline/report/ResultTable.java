package dev.errata.pipeline.report;

import dev.errata.pipeline.record.Summary;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The arms' figures, one row each. Every cell also names its column, for narrow screens show a row as a block. */
final class ResultTable {
    private static final List<String> COLUMNS =
            List.of("Right", "Accuracy", "95\u00a0% interval", "No answer", "Against base");

    private ResultTable() {}

    static Html of(ReportData data) {
        Map<String, Summary.Arm> arms = data.arms();
        var html = new Html();
        html.open("table", "class", "results").open("thead").open("tr").element("th", "Arm", "scope", "col");
        COLUMNS.forEach(name -> html.element("th", name, "scope", "col", "class", "number"));
        html.close("tr").close("thead").open("tbody").line();
        for (String name : ArmName.ordered(arms.keySet())) {
            row(html, data, name, arms.keySet());
        }
        return html.close("tbody").close("table").line();
    }

    private static void row(Html html, ReportData data, String name, Set<String> arms) {
        Summary.Arm arm = data.arms().get(name);
        html.open("tr").open("th", "scope", "row");
        html.element("span", "", "class", "swatch " + ArmName.style(name, arms)).element("span", ArmName.shown(name));
        String meaning = ArmName.meaning(name);
        if (meaning != null) {
            html.element("span", meaning, "class", "meaning");
        }
        html.close("th");
        List<String> cells = List.of(
                NumberFormats.count(arm.correct()) + " of " + NumberFormats.count(arm.total()),
                NumberFormats.percent(arm.correct(), arm.total()),
                arm.total() == 0 ? "–" : interval(arm),
                NumberFormats.count(arm.noAnswer()),
                Comparison.of(data, name, ArmName.BASE)
                        .filter(comparison -> !name.equals(ArmName.BASE))
                        .map(ResultTable::difference)
                        .orElse("–"));
        for (int i = 0; i < cells.size(); i++) {
            String style = COLUMNS.get(i).equals("Accuracy") ? "number strong" : "number";
            html.element("td", cells.get(i), "class", style, "data-label", COLUMNS.get(i));
        }
        html.close("tr").line();
    }

    private static String interval(Summary.Arm arm) {
        String low = NumberFormats.percent(arm.low());
        return low.substring(0, low.indexOf('\u00a0')) + " – " + NumberFormats.percent(arm.high());
    }

    private static String difference(Comparison arm) {
        String points = NumberFormats.signedPoints(arm.difference());
        return arm.tested() ? points + " (" + NumberFormats.pValue(arm.p()) + ")" : points;
    }
}
