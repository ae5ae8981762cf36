package dev.errata.pipeline.report;

import dev.errata.pipeline.record.ArmMixture;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What each arm was trained on, one row each: rows by kind, and tokens. Laid out as {@link ResultTable}. */
final class MixtureTable {
    /** What records call kinds of rows, and what the page does; others are added up. */
    private static final Map<String, String> KINDS =
            Map.of("cot", "Solutions", "corrected", "Corrected solutions", "correction", "Corrections");

    private static final List<String> SHOWN = List.of("cot", "corrected", "correction");

    private MixtureTable() {}

    static Html of(Map<String, ArmMixture> mixtures) {
        boolean others = mixtures.values().stream().anyMatch(mixture -> others(mixture) > 0);
        List<String> columns = new ArrayList<>(List.of("Rows"));
        SHOWN.forEach(kind -> columns.add(KINDS.get(kind)));
        if (others) {
            columns.add("Others");
        }
        columns.addAll(List.of("Trained tokens", "Prompt tokens"));
        var html = new Html();
        html.open("table", "class", "results mixtures").open("thead").open("tr").element("th", "Arm", "scope", "col");
        columns.forEach(name -> html.element("th", name, "scope", "col", "class", "number"));
        html.close("tr").close("thead").open("tbody").line();
        for (String arm : ArmName.ordered(mixtures.keySet())) {
            ArmMixture mixture = mixtures.get(arm);
            List<String> cells = new ArrayList<>(List.of(NumberFormats.count(mixture.rows())));
            SHOWN.forEach(kind -> cells.add(NumberFormats.count(mixture.kinds().getOrDefault(kind, 0))));
            if (others) {
                cells.add(NumberFormats.count(others(mixture)));
            }
            cells.add(tokens(mixture.tokens()));
            cells.add(tokens(mixture.promptTokens()));
            html.open("tr").open("th", "scope", "row");
            html.element("span", "", "class", "swatch " + ArmName.style(arm, mixtures.keySet()))
                    .element("span", ArmName.shown(arm));
            html.close("th");
            for (int i = 0; i < cells.size(); i++) {
                html.element("td", cells.get(i), "class", "number", "data-label", columns.get(i));
            }
            html.close("tr").line();
        }
        return html.close("tbody").close("table").line();
    }

    private static int others(ArmMixture mixture) {
        return mixture.rows()
                - SHOWN.stream()
                        .mapToInt(kind -> mixture.kinds().getOrDefault(kind, 0))
                        .sum();
    }

    private static String tokens(Long count) {
        return count == null ? "–" : NumberFormats.count(count);
    }
}
