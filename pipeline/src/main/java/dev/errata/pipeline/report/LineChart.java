package dev.errata.pipeline.report;

import java.util.List;
import java.util.stream.DoubleStream;

/** A value of one or several trainings over the optimizer's steps: every step thin, the running mean thick. */
final class LineChart {
    private static final double HEIGHT = 270;
    private static final double LEFT = 46;
    private static final double RIGHT = Figure.WIDTH - 10;
    private static final double TOP = 34;
    private static final double BOTTOM = HEIGHT - 42;
    /** From this ratio of largest to smallest value on, a logarithmic axis shows more. */
    private static final double WIDE = 30;

    private static final double LEGEND_LINE = 18;
    private static final double UNIT_LETTER = 6.5;

    private LineChart() {}

    /** Draws the curves that have steps; there must be one. */
    static Html draw(String id, String title, String unit, List<Curve> curves) {
        double[] drawable = curves.stream().flatMapToDouble(Curve::finiteValues).toArray();
        long missing = curves.stream().mapToLong(Curve::length).sum() - drawable.length;
        Scale x = stepScale(curves);
        Scale y = valueScale(drawable);
        var svg = new Html();
        double lines = legend(svg, curves, RIGHT - UNIT_LETTER * unit.length() - 12);
        svg.open("g", "transform", "translate(0 " + Figure.at(lines) + ")");
        axes(svg, x, y, unit);
        curves.forEach(curve -> svg.empty(
                "path",
                "class",
                "curve raw" + (curve.window() == 1 ? " only " : " ") + curve.style(),
                "d",
                curve.decimated().path(x, y)));
        curves.forEach(curve -> thick(svg, curve, x, y));
        svg.close("g");
        return Figure.of(id, title, description(title, curves), HEIGHT + lines, svg, caption(curves, missing));
    }

    private static Scale stepScale(List<Curve> curves) {
        int last = curves.stream()
                .mapToInt(curve -> curve.step(curve.length() - 1))
                .max()
                .orElse(1);
        int first = curves.stream().mapToInt(curve -> curve.step(0)).min().orElse(1);
        return Scale.integers(Math.min(1, first), last, LEFT, RIGHT, 6);
    }

    private static Scale valueScale(double[] values) {
        double min = DoubleStream.of(values).min().orElse(0);
        double max = DoubleStream.of(values).max().orElse(1);
        if (min > 1e-12 && max / min >= WIDE) {
            return Scale.logarithmic(min, max, BOTTOM, TOP);
        }
        boolean fromZero = min >= 0 && min < 0.5 * max;
        return Scale.linear(fromZero ? 0 : min, max, BOTTOM, TOP, 5);
    }

    private static void axes(Html svg, Scale x, Scale y, String unit) {
        for (double tick : y.ticks()) {
            Figure.line(svg, "grid", LEFT, y.position(tick), RIGHT, y.position(tick));
            Figure.label(svg, "tick", LEFT - 7, y.position(tick) + 4, "end", Scale.label(tick));
        }
        Figure.line(svg, "axis", LEFT, BOTTOM, RIGHT, BOTTOM);
        for (double tick : x.ticks()) {
            Figure.line(svg, "axis", x.position(tick), BOTTOM, x.position(tick), BOTTOM + 4);
            Figure.label(svg, "tick", x.position(tick), BOTTOM + 18, "middle", Scale.label(tick));
        }
        Figure.label(svg, "axis-name", RIGHT, BOTTOM + 36, "end", "optimizer step");
        Figure.label(svg, "axis-name", RIGHT, 16, "end", unit + (y.logarithmic() ? ", log scale" : ""));
    }

    /**
     * The curves' names, in as many lines as they need; gives the height of those beyond the first.
     *
     * @param end where a line ends at the latest
     */
    private static double legend(Html svg, List<Curve> curves, double end) {
        double at = LEFT;
        double line = 0;
        for (Curve curve : curves) {
            double width = 27 + 8 * curve.name().length() + 22;
            if (at > LEFT && at + width > end) {
                at = LEFT;
                line += LEGEND_LINE;
            }
            Figure.line(svg, "curve " + curve.style(), at, 12 + line, at + 20, 12 + line);
            Figure.label(svg, "legend", at + 27, 16 + line, "start", curve.name());
            at += width;
        }
        return line;
    }

    private static void thick(Html svg, Curve curve, Scale x, Scale y) {
        if (curve.window() > 1) {
            svg.empty(
                    "path",
                    "class",
                    "curve " + curve.style(),
                    "d",
                    curve.smoothed(curve.window()).decimated().path(x, y));
        } else {
            for (int i = 0; i < curve.length(); i++) {
                if (Double.isFinite(curve.value(i))) {
                    svg.empty(
                            "circle",
                            "class",
                            "dot " + curve.style(),
                            "cx",
                            Figure.at(x.position(curve.step(i))),
                            "cy",
                            Figure.at(y.position(curve.value(i))),
                            "r",
                            "3");
                }
            }
        }
    }

    private static String description(String title, List<Curve> curves) {
        var words = new StringBuilder(title).append(" by step.");
        for (Curve curve : curves) {
            words.append(' ').append(curve.name()).append(": ");
            Curve mean = curve.smoothed(curve.window());
            int last = mean.length() - 1;
            words.append("%s at step %d, %s at step %d."
                    .formatted(value(mean.value(0)), mean.step(0), value(mean.value(last)), mean.step(last)));
        }
        return words.toString();
    }

    private static String value(double value) {
        return Double.isFinite(value) ? Scale.label(Math.round(value * 1e4) / 1e4) : "not a number";
    }

    private static String caption(List<Curve> curves, long missing) {
        int window = curves.stream().mapToInt(Curve::window).max().orElse(1);
        var caption = new StringBuilder();
        if (window > 1) {
            caption.append("Thin: every step. Thick: mean over ").append(window).append(" steps.");
        }
        if (missing > 0) {
            caption.append(caption.isEmpty() ? "" : " ")
                    .append(NumberFormats.count(missing, "value that is", "values that are"))
                    .append(" not a finite number left out.");
        }
        return caption.isEmpty() ? null : caption.toString();
    }
}
