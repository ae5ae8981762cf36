package dev.errata.pipeline.report;

import java.util.ArrayList;
import java.util.List;

/** What the paired test rests on: of the same problems, how many both arms solve, one alone, or neither. */
final class PairedChart {
    private static final double BAR_TOP = 17;
    private static final double BAR = 26;
    private static final double ROW = 27;

    private PairedChart() {}

    private record Part(String name, int count, String style) {}

    /** LeMa against CoT; what both or neither solve is left out where the answers are not at hand. */
    static Html draw(ReportData data, Comparison arms) {
        var all = PairedCounts.of(
                data.evaluations().getOrDefault(arms.first(), List.of()),
                data.evaluations().getOrDefault(arms.second(), List.of()));
        var parts = new ArrayList<Part>();
        parts.add(new Part("LeMa alone right", arms.onlyFirst(), ArmName.style(ArmName.LEMA)));
        parts.add(new Part("CoT alone right", arms.onlySecond(), ArmName.style(ArmName.COT)));
        if (all.total() > 0) {
            parts.addFirst(new Part("Both right", all.both(), "both-right"));
            parts.add(new Part("Both wrong", all.neither(), "both-wrong"));
        }
        int total = Math.max(1, parts.stream().mapToInt(Part::count).sum());
        var svg = new Html();
        double x = 0;
        for (Part part : parts) {
            double width = Figure.WIDTH * part.count() / total;
            if (part.count() > 0) {
                // A gap of paper sets neighbours apart where their colours alone would not.
                Figure.bar(svg, "bar " + part.style(), x, BAR_TOP, Math.max(1.5, width - 1.5), BAR);
            }
            x += width;
        }
        var words = new StringBuilder();
        for (int i = 0; i < parts.size(); i++) {
            Part part = parts.get(i);
            double y = BAR_TOP + BAR + 12 + ROW * i + ROW / 2;
            Figure.bar(svg, "bar " + part.style(), 0, y - 10, 11, 11);
            Figure.label(svg, "row", 21, y, "start", part.name());
            Figure.label(svg, "value", 190, y, "end", NumberFormats.count(part.count()));
            Figure.label(svg, "tick", 250, y, "end", NumberFormats.percent(part.count(), total));
            words.append(part.name()).append(": ").append(part.count()).append(". ");
        }
        double height = BAR_TOP + BAR + 12 + ROW * parts.size();
        return Figure.of(
                "paired",
                "LeMa and CoT, problem by problem",
                words.append(NumberFormats.pValue(arms.p())).toString(),
                height,
                svg,
                "Exact two-sided McNemar test: " + NumberFormats.pValue(arms.p())
                        + ". It asks only about the problems that one arm alone gets right.");
    }
}
