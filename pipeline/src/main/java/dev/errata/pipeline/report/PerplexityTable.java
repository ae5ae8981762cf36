package dev.errata.pipeline.report;

import dev.errata.pipeline.record.PathPerplexity;
import java.util.List;
import java.util.Locale;

/** The perplexities of wrong and right paths, an arm in each row. */
final class PerplexityTable {
    private static final List<String> COLUMNS = List.of("Wrong path", "Right path", "Difference", "Its median");

    private PerplexityTable() {}

    static Html of(PathPerplexity paths) {
        var html = new Html();
        html.element("h3", "Perplexity of wrong and right paths", "class", "table-title");
        html.element(
                "p",
                "Means over " + NumberFormats.count(paths.corrections(), "correction", "corrections")
                        + " of the training problems, given the question: the wrong path, and what its correction makes of"
                        + " it. The larger the difference, the better an arm tells them apart.",
                "class",
                "lead");
        html.open("table", "class", "results").open("thead").open("tr").element("th", "Arm", "scope", "col");
        COLUMNS.forEach(name -> html.element("th", name, "scope", "col", "class", "number"));
        html.close("tr").close("thead").open("tbody").line();
        for (String arm : ArmName.ordered(paths.arms().keySet())) {
            PathPerplexity.Arm of = paths.arms().get(arm);
            html.open("tr").element("th", ArmName.shown(arm), "scope", "row");
            List<Double> values = List.of(of.wrong(), of.right(), of.difference(), of.medianDifference());
            for (int i = 0; i < values.size(); i++) {
                String shown = String.format(Locale.ROOT, "%.3f", values.get(i)).replace('-', '−');
                html.element("td", shown, "class", "number", "data-label", COLUMNS.get(i));
            }
            html.close("tr").line();
        }
        return html.close("tbody").close("table").line();
    }
}
