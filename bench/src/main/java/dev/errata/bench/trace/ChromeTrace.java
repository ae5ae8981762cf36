package dev.errata.bench.trace;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.errata.pipeline.data.Json;
import dev.errata.train.trace.Phase;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A step in the trace event format that chrome://tracing and Perfetto read: a complete event for each call, a row for each
 * phase, and counters of live bytes.
 */
final class ChromeTrace {
    private static final List<Phase> ROWS = List.of(Phase.values());

    private ChromeTrace() {}

    /**
     * One event; see the Trace Event Format.
     *
     * @param ph {@code X} complete, {@code C} counter, {@code M} name
     * @param ts microseconds
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Event(
            String name, String cat, String ph, double ts, Double dur, int pid, int tid, Map<String, Object> args) {}

    static String json(StepTrace trace) {
        List<Event> events = new ArrayList<>();
        for (Phase phase : ROWS) {
            events.add(new Event(
                    "thread_name", null, "M", 0, null, 1, ROWS.indexOf(phase), Map.of("name", phase.shown())));
        }
        for (TracedCall call : trace.calls()) {
            Map<String, Object> args = new LinkedHashMap<>();
            args.put("shape", call.shape());
            args.put("place", call.place());
            args.put("operations", call.work().operations());
            args.put("bytes", call.work().bytes());
            events.add(new Event(
                    call.operator(),
                    call.place(),
                    "X",
                    call.begun() / 1e3,
                    call.nanos() / 1e3,
                    1,
                    ROWS.indexOf(call.phase()),
                    args));
        }
        for (StepTrace.Moment moment : trace.moments()) {
            Map<String, Object> bytes = new LinkedHashMap<>();
            for (MemoryKind kind : MemoryKind.values()) {
                bytes.put(kind.key(), moment.bytes().getOrDefault(kind, 0L));
            }
            events.add(new Event("memory", null, "C", moment.nanos() / 1e3, null, 1, 0, bytes));
        }
        return Json.line(Map.of("traceEvents", events, "displayTimeUnit", "ms"));
    }
}
