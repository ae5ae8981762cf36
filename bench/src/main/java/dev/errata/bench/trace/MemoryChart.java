package dev.errata.bench.trace;

import dev.errata.pipeline.report.Figure;
import dev.errata.pipeline.report.Html;
import dev.errata.pipeline.report.Scale;
import dev.errata.train.MemoryFit;
import dev.errata.train.trace.Phase;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Memory over a step by kind, one above the other, with the plan as a line. */
final class MemoryChart {
    private static final double HEIGHT = 300;
    private static final double LEFT = 58;
    private static final double RIGHT = Figure.WIDTH - 10;
    private static final double TOP = 30;
    private static final double BOTTOM = HEIGHT - 46;
    /** More columns than this can't be told apart. */
    private static final int COLUMNS = 600;

    private static final double MEBIBYTE = 1 << 20;

    private MemoryChart() {}

    /**
     * Draws it.
     *
     * @param planned bytes; 0 for no line
     */
    static Html draw(StepTrace trace, long planned) {
        List<StepTrace.Moment> moments = thinned(trace);
        double most = Math.max(planned, trace.peak().total()) / MEBIBYTE;
        Scale x = Scale.linear(0, trace.nanos() / 1e6, LEFT, RIGHT, 6);
        Scale y = Scale.linear(0, most, BOTTOM, TOP, 5);
        var svg = new Html();
        for (double tick : y.ticks()) {
            Figure.line(svg, "grid", LEFT, y.position(tick), RIGHT, y.position(tick));
            Figure.label(svg, "tick", LEFT - 7, y.position(tick) + 4, "end", Scale.label(tick));
        }
        areas(svg, moments, trace.nanos(), x, y);
        phases(svg, trace, x);
        if (planned > 0) {
            double at = y.position(planned / MEBIBYTE);
            Figure.line(svg, "reference", LEFT, at, RIGHT, at);
            Figure.label(svg, "tick", RIGHT, at - 5, "end", "planned " + MemoryFit.shown(planned));
        }
        Figure.line(svg, "axis", LEFT, BOTTOM, RIGHT, BOTTOM);
        for (double tick : x.ticks()) {
            Figure.line(svg, "axis", x.position(tick), BOTTOM, x.position(tick), BOTTOM + 4);
            Figure.label(svg, "tick", x.position(tick), BOTTOM + 18, "middle", Scale.label(tick));
        }
        Figure.label(svg, "axis-name", RIGHT, BOTTOM + 36, "end", "milliseconds");
        Figure.label(svg, "axis-name", LEFT, 14, "start", "MiB");
        return Figure.of(
                "memory",
                "Memory over the step",
                "Most is live at %.1f ms: %s."
                        .formatted(
                                trace.peak().nanos() / 1e6,
                                MemoryFit.shown(trace.peak().total())),
                HEIGHT,
                svg,
                "Live bytes by kind. Dashed verticals: where a phase begins. The plan counts what a pool takes from the system.");
    }

    /** From the bottom up in the order of the kinds; steps, as memory jumps. */
    private static void areas(Html svg, List<StepTrace.Moment> moments, long nanos, Scale x, Scale y) {
        double[] below = new double[moments.size()];
        for (MemoryKind kind : MemoryKind.values()) {
            double[] above = new double[below.length];
            boolean any = false;
            for (int i = 0; i < above.length; i++) {
                long bytes = moments.get(i).bytes().getOrDefault(kind, 0L);
                above[i] = below[i] + bytes / MEBIBYTE;
                any |= bytes > 0;
            }
            if (any) {
                svg.empty("path", "class", "kind kind-" + kind.key(), "d", path(moments, nanos, below, above, x, y));
            }
            below = above;
        }
    }

    private static String path(
            List<StepTrace.Moment> moments, long nanos, double[] below, double[] above, Scale x, Scale y) {
        var path = new StringBuilder("M");
        for (int i = 0; i < above.length; i++) {
            long until = i + 1 < above.length ? moments.get(i + 1).nanos() : nanos;
            point(path, moments.get(i).nanos(), above[i], x, y);
            point(path, until, above[i], x, y);
        }
        for (int i = above.length - 1; i >= 0; i--) {
            long until = i + 1 < above.length ? moments.get(i + 1).nanos() : nanos;
            point(path, until, below[i], x, y);
            point(path, moments.get(i).nanos(), below[i], x, y);
        }
        return path.append('Z').toString();
    }

    private static void point(StringBuilder path, long nanos, double mebibytes, Scale x, Scale y) {
        path.append(path.length() == 1 ? "" : "L")
                .append(Figure.at(x.position(nanos / 1e6)))
                .append(' ')
                .append(Figure.at(y.position(mebibytes)));
    }

    private static void phases(Html svg, StepTrace trace, Scale x) {
        Phase before = null;
        for (TracedCall call : trace.calls()) {
            if (call.phase() != before && !call.operator().equals("upload")) {
                double at = x.position(call.begun() / 1e6);
                Figure.line(svg, "reference", at, TOP, at, BOTTOM);
                before = call.phase();
            }
        }
    }

    /** Of many moments in one column of the picture the one with the most. */
    private static List<StepTrace.Moment> thinned(StepTrace trace) {
        List<StepTrace.Moment> thinned = new ArrayList<>();
        Map<Long, Integer> columns = new HashMap<>();
        for (StepTrace.Moment moment : trace.moments()) {
            long column = moment.nanos() * COLUMNS / Math.max(1, trace.nanos());
            Integer at = columns.get(column);
            if (at == null) {
                columns.put(column, thinned.size());
                thinned.add(moment);
            } else if (moment.total() > thinned.get(at).total()) {
                thinned.set(at, new StepTrace.Moment(thinned.get(at).nanos(), new EnumMap<>(moment.bytes())));
            }
        }
        return thinned;
    }
}
