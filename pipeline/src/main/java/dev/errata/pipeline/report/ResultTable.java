package dev.errata.pipeline.report;

import dev.errata.pipeline.record.Summary;
import java.util.Map;

/** The arms' figures, one row each, and the paired test below. */
final class ResultTable {
    private ResultTable() {}

    static Html of(ReportData data) {
        Map<String, Summary.Arm> arms = data.arms();
        var html = new Html();
        html.open("div", "class", "scroll").open("table", "class", "results");
        html.open("thead").open("tr");
        html.element("th", "Arm", "scope", "col");
        for (String name : new String[] {"Right", "Accuracy", "95 % interval", "No answer", "Against base"}) {
            html.element("th", name.replace("5 %", "5\u00a0%"), "scope", "col", "class", "number");
        }
        html.close("tr").close("thead").open("tbody").line();
        for (String name : ArmName.ordered(arms.keySet())) {
            row(html, data, name, arms.get(name));
        }
        return html.close("tbody").close("table").close("div").line();
    }

    private static void row(Html html, ReportData data, String name, Summary.Arm arm) {
        html.open("tr").open("th", "scope", "row");
        html.element("span", "", "class", "swatch " + ArmName.style(name)).element("span", ArmName.shown(name));
        String meaning = ArmName.meaning(name);
        if (meaning != null) {
            html.element("span", meaning, "class", "meaning");
        }
        html.close("th");
        number(html, Numbers.count(arm.correct()) + " of " + Numbers.count(arm.total()), null);
        number(html, Numbers.percent(arm.correct(), arm.total()), "strong");
        number(html, arm.total() == 0 ? "–" : interval(arm), null);
        number(html, Numbers.count(arm.noAnswer()), null);
        number(
                html,
                name.equals(ArmName.BASE)
                        ? "–"
                        : Comparison.of(data, name, ArmName.BASE)
                                .map(ResultTable::difference)
                                .orElse("–"),
                null);
        html.close("tr").line();
    }

    private static String interval(Summary.Arm arm) {
        String low = Numbers.percent(arm.low());
        return low.substring(0, low.indexOf('\u00a0')) + " – " + Numbers.percent(arm.high());
    }

    private static String difference(Comparison arm) {
        String points = Numbers.signedPoints(arm.difference());
        return arm.tested() ? points + " (" + Numbers.pValue(arm.p()) + ")" : points;
    }

    private static void number(Html html, String text, String style) {
        html.element("td", text, "class", style == null ? "number" : "number " + style);
    }
}
