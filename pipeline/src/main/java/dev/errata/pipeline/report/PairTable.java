package dev.errata.pipeline.report;

import dev.errata.pipeline.record.Summary;
import java.util.List;

/** Every two arms on the same problems: what only one of them solves, and the exact McNemar test. */
final class PairTable {
    private static final List<String> COLUMNS = List.of("Only the first right", "Only the second right", "Test");

    private PairTable() {}

    static Html of(List<Summary.Pair> pairs) {
        var html = new Html();
        html.element("h3", "Problem by problem, every two arms", "class", "table-title");
        html.open("table", "class", "results pairs").open("thead").open("tr").element("th", "Two arms", "scope", "col");
        COLUMNS.forEach(name -> html.element("th", name, "scope", "col", "class", "number"));
        html.close("tr").close("thead").open("tbody").line();
        for (Summary.Pair pair : pairs) {
            html.open("tr").element("th", ArmName.shown(pair.a()) + " and " + ArmName.shown(pair.b()), "scope", "row");
            List<String> cells = List.of(
                    NumberFormats.count(pair.onlyA()),
                    NumberFormats.count(pair.onlyB()),
                    NumberFormats.pValue(pair.p()));
            for (int i = 0; i < cells.size(); i++) {
                html.element("td", cells.get(i), "class", "number", "data-label", COLUMNS.get(i));
            }
            html.close("tr").line();
        }
        return html.close("tbody").close("table").line();
    }
}
