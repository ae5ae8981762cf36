package dev.errata.pipeline.report;

import dev.errata.pipeline.record.Summary;
import java.util.List;
import java.util.Map;

/** A bar for each arm's accuracy with its 95 % interval as a whisker, and the base's accuracy as a line through all. */
final class AccuracyChart {
    /** Letters of a name at most; the longest of a page gets the room it needs. */
    private static final int NAME = 14;

    private static final double LETTER = 7.6;
    private static final double RIGHT = Figure.WIDTH - 62;
    private static final double TOP = 8;
    private static final double ROW = 46;
    private static final double BAR = 26;

    private AccuracyChart() {}

    /** Draws arms that were evaluated; there must be one. */
    static Html draw(Map<String, Summary.Arm> arms) {
        List<String> names = ArmName.ordered(arms.keySet());
        double left = 14
                + LETTER
                        * names.stream()
                                .mapToInt(name -> shown(name).length())
                                .max()
                                .orElse(0);
        double highest =
                arms.values().stream().mapToDouble(AccuracyChart::high).max().orElse(1);
        Scale x = Scale.linear(0, Math.max(5, Math.min(100, 100 * highest)), left, RIGHT, 5);
        double bottom = TOP + ROW * names.size();
        var svg = new Html();
        var words = new StringBuilder();
        for (double tick : x.ticks()) {
            Figure.line(svg, "grid", x.position(tick), TOP, x.position(tick), bottom);
            Figure.label(svg, "tick", x.position(tick), bottom + 18, "middle", Scale.label(tick));
        }
        for (int i = 0; i < names.size(); i++) {
            Summary.Arm arm = arms.get(names.get(i));
            row(svg, names.get(i), arms, x, left, TOP + ROW * i + ROW / 2);
            words.append("%s %s, 95 %% interval %s to %s. "
                    .formatted(
                            ArmName.shown(names.get(i)),
                            NumberFormats.percent(arm.correct(), arm.total()),
                            NumberFormats.percent(arm.low()),
                            NumberFormats.percent(arm.high())));
        }
        Summary.Arm base = arms.get(ArmName.BASE);
        if (base != null && base.total() > 0 && names.size() > 1) {
            double at = x.position(100.0 * base.correct() / base.total());
            Figure.line(svg, "reference", at, TOP + ROW / 2 + BAR / 2, at, bottom);
        }
        Figure.line(svg, "axis", left, TOP, left, bottom);
        Figure.label(svg, "axis-name", RIGHT, bottom + 36, "end", "% of held-out problems right");
        return Figure.of(
                "accuracy",
                "Accuracy on held-out problems",
                words.toString().strip(),
                bottom + 44,
                svg,
                "Whiskers: 95 % interval of each arm alone. Overlap of two whiskers is no test; the paired test is.");
    }

    private static double high(Summary.Arm arm) {
        return Double.isFinite(arm.high()) ? arm.high() : 1;
    }

    private static String shown(String name) {
        String shown = ArmName.shown(name);
        return shown.length() > NAME ? shown.substring(0, NAME - 1) + "…" : shown;
    }

    private static void row(Html svg, String name, Map<String, Summary.Arm> arms, Scale x, double left, double middle) {
        Summary.Arm arm = arms.get(name);
        Figure.label(svg, "row-name", left - 9, middle + 4, "end", shown(name));
        if (arm.total() == 0) {
            Figure.label(svg, "tick", left + 8, middle + 4, "start", "not evaluated");
            return;
        }
        double end = x.position(100.0 * arm.correct() / arm.total());
        double low = x.position(100 * arm.low());
        double high = x.position(100 * high(arm));
        Figure.bar(svg, "bar " + ArmName.style(name, arms.keySet()), left, middle - BAR / 2, end - left, BAR);
        for (String layer : List.of("whisker-halo", "whisker")) {
            Figure.line(svg, layer, low, middle, high, middle);
            Figure.line(svg, layer, low, middle - 5, low, middle + 5);
            Figure.line(svg, layer, high, middle - 5, high, middle + 5);
        }
        Figure.label(svg, "value", high + 9, middle + 4.5, "start", NumberFormats.percent(arm.correct(), arm.total()));
    }
}
