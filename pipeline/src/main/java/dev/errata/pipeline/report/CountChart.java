package dev.errata.pipeline.report;

import java.util.List;

/** Counts as bars below one another; as a funnel, each is joined to the next. */
final class CountChart {
    private static final double RIGHT = Figure.WIDTH - 100;
    private static final double LEFT = 118;

    private CountChart() {}

    /** The way of the paths: each row is what is left of the row above. */
    static Html funnel(String id, String title, List<StageProgress> stages, String caption) {
        double row = 44;
        double bar = 26;
        double most = largest(stages);
        var svg = new Html();
        for (int i = 0; i < stages.size(); i++) {
            StageProgress stage = stages.get(i);
            double top = 6 + row * i;
            double width = width(stage.count(), most, LEFT, RIGHT);
            if (i + 1 < stages.size()) {
                joint(svg, top + bar, width, top + row, width(stages.get(i + 1).count(), most, LEFT, RIGHT));
            }
            Figure.bar(svg, "bar stage", LEFT, top, width, bar);
            Figure.label(svg, "row-name", LEFT - 10, top + bar / 2 + 4.5, "end", stage.name());
            value(svg, stage, LEFT + width + 9, top + bar / 2 + 4.5);
        }
        return Figure.of(id, title, words(stages), 6 + row * stages.size() - (row - bar) + 6, svg, caption);
    }

    /** Reasons with their counts; long names stand above their bars. */
    static Html reasons(String id, String title, List<StageProgress> reasons, String caption) {
        double row = 44;
        double most = largest(reasons);
        var svg = new Html();
        for (int i = 0; i < reasons.size(); i++) {
            StageProgress reason = reasons.get(i);
            double top = 6 + row * i;
            double width = width(reason.count(), most, 0, RIGHT);
            svg.open("g").element("title", reason.name());
            Figure.label(svg, "reason", 0, top + 11, "start", shortened(reason.name()));
            Figure.bar(svg, "bar rejected", 0, top + 18, width, 10);
            value(svg, reason, width + 9, top + 27);
            svg.close("g");
        }
        return Figure.of(id, title, words(reasons), 6 + row * reasons.size() - 8, svg, caption);
    }

    private static void joint(Html svg, double top, double width, double bottom, double nextWidth) {
        svg.empty(
                "polygon",
                "class",
                "joint",
                "points",
                "%s,%s %s,%s %s,%s %s,%s"
                        .formatted(
                                Figure.at(LEFT),
                                Figure.at(top),
                                Figure.at(LEFT + width),
                                Figure.at(top),
                                Figure.at(LEFT + nextWidth),
                                Figure.at(bottom),
                                Figure.at(LEFT),
                                Figure.at(bottom)));
    }

    private static void value(Html svg, StageProgress stage, double x, double y) {
        svg.open("text", "class", "value", "x", Figure.at(x), "y", Figure.at(y))
                .text(NumberFormats.count(stage.count()));
        if (stage.of() > 0) {
            svg.element("tspan", NumberFormats.percent(stage.count(), stage.of()), "class", "share", "dx", "8");
        }
        svg.close("text");
    }

    private static double largest(List<StageProgress> stages) {
        return Math.max(1, stages.stream().mapToLong(StageProgress::count).max().orElse(1));
    }

    /** Something that exists is never drawn as nothing. */
    private static double width(long count, double most, double left, double right) {
        return count == 0 ? 0 : Math.max(2, (right - left) * count / most);
    }

    private static String words(List<StageProgress> stages) {
        var words = new StringBuilder();
        stages.forEach(stage ->
                words.append(stage.name()).append(": ").append(stage.count()).append(". "));
        return words.toString().strip();
    }

    private static String shortened(String name) {
        return Texts.shortened(name, 62);
    }
}
