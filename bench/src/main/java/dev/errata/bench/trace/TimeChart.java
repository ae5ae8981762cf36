package dev.errata.bench.trace;

import dev.errata.pipeline.report.Figure;
import dev.errata.pipeline.report.Html;
import dev.errata.train.trace.Phase;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Time by place in the model as bars, whose parts are the phases of the step. */
final class TimeChart {
    private static final double ROW = 20;
    private static final double LEFT = 110;
    private static final double RIGHT = Figure.WIDTH - 64;
    private static final double TOP = 10;

    private TimeChart() {}

    static Html draw(StepTrace trace) {
        Map<String, Map<Phase, Long>> places = new LinkedHashMap<>();
        for (TracedCall call : trace.calls()) {
            places.computeIfAbsent(call.place(), place -> new EnumMap<>(Phase.class))
                    .merge(call.phase(), call.nanos(), Long::sum);
        }
        List<String> order = new ArrayList<>(places.keySet());
        long most = places.values().stream().mapToLong(TimeChart::sum).max().orElse(1);
        var svg = new Html();
        double y = TOP;
        for (String place : order) {
            double x = LEFT;
            for (Map.Entry<Phase, Long> part : places.get(place).entrySet()) {
                double width = (RIGHT - LEFT) * part.getValue() / most;
                Figure.bar(svg, "kind phase-" + part.getKey().shown(), x, y, width, ROW - 6);
                x += width;
            }
            Figure.label(svg, "tick", LEFT - 7, y + 12, "end", place);
            Figure.label(svg, "tick", x + 6, y + 12, "start", "%.1f ms".formatted(sum(places.get(place)) / 1e6));
            y += ROW;
        }
        return Figure.of(
                "time",
                "Time by layer",
                "The longest takes %.1f ms.".formatted(most / 1e6),
                y + 10,
                svg,
                "Forward, output layer with loss, backward (with what is computed again), update.");
    }

    private static long sum(Map<Phase, Long> parts) {
        return parts.values().stream().mapToLong(Long::longValue).sum();
    }
}
