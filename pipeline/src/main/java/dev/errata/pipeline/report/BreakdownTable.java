package dev.errata.pipeline.report;

import dev.errata.pipeline.record.Summary;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** The arms' accuracies by kinds of problems, a kind in each row. */
final class BreakdownTable {
    private BreakdownTable() {}

    /**
     * @param kind what the rows are, as {@code Level}
     * @param shares by kind, then by arm
     */
    static Html of(String title, String kind, Map<String, Map<String, Summary.Share>> shares) {
        var names = new TreeSet<String>();
        shares.values().forEach(byArm -> names.addAll(byArm.keySet()));
        List<String> arms = ArmName.ordered(names);
        var html = new Html();
        html.element("h3", title, "class", "table-title");
        html.open("table", "class", "results").open("thead").open("tr").element("th", kind, "scope", "col");
        html.element("th", "Problems", "scope", "col", "class", "number");
        arms.forEach(arm -> html.element("th", ArmName.shown(arm), "scope", "col", "class", "number"));
        html.close("tr").close("thead").open("tbody").line();
        shares.forEach((of, byArm) -> {
            html.open("tr").element("th", of, "scope", "row");
            int most =
                    byArm.values().stream().mapToInt(Summary.Share::total).max().orElse(0);
            html.element("td", NumberFormats.count(most), "class", "number", "data-label", "Problems");
            for (String arm : arms) {
                Summary.Share share = byArm.get(arm);
                html.element(
                        "td", share == null ? "–" : cell(share), "class", "number", "data-label", ArmName.shown(arm));
            }
            html.close("tr").line();
        });
        return html.close("tbody").close("table").line();
    }

    private static String cell(Summary.Share share) {
        return NumberFormats.percent(share.correct(), share.total()) + " (" + whole(share.low()) + "–"
                + whole(share.high()) + ")";
    }

    /** A bound in whole percent: small groups bear no digits behind the point. */
    private static long whole(double fraction) {
        return Math.round(100 * fraction);
    }
}
