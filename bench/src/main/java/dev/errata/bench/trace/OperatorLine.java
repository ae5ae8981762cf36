package dev.errata.bench.trace;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.errata.bench.ops.Ceilings;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * What calls of one kind added up to in a step.
 *
 * @param name the operator's, or the place's in the model
 * @param phase of the step, in words; null and left out where all are together
 * @param share of the step's time
 * @param gigaflop additions and multiplications of products, in billions
 * @param gigabytes of operands, each counted once a call
 * @param fraction of the least time that the machine's arithmetic and memory allow; null and left out on devices whose limits
 *     aren't known. Above 1 where operands stayed in caches
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_NULL)
record OperatorLine(
        String name,
        String phase,
        int calls,
        double seconds,
        double share,
        double gigaflop,
        double gigabytes,
        Double fraction) {
    static final String BETWEEN = "between operators";

    /**
     * A line for each group of calls, those that took longest first, and one for the host's work between calls.
     *
     * @param key the group of a call: its name, and its phase or null
     * @param ceilings the machine's, or null
     */
    static List<OperatorLine> of(StepTrace trace, Ceilings ceilings, Function<TracedCall, Key> key) {
        Map<Key, List<TracedCall>> groups = new LinkedHashMap<>();
        trace.calls()
                .forEach(call -> groups.computeIfAbsent(key.apply(call), k -> new ArrayList<>())
                        .add(call));
        List<OperatorLine> lines = new ArrayList<>();
        groups.forEach((group, calls) -> lines.add(line(group, calls, trace.nanos(), ceilings)));
        long inside = trace.calls().stream().mapToLong(TracedCall::nanos).sum();
        long between = trace.nanos() - inside;
        lines.add(new OperatorLine(BETWEEN, null, 0, between / 1e9, (double) between / trace.nanos(), 0, 0, null));
        lines.sort(Comparator.comparingDouble(OperatorLine::seconds).reversed());
        return lines;
    }

    /** What calls are put together by. */
    record Key(String name, String phase) {
        static Key byOperator(TracedCall call) {
            return new Key(call.operator(), call.phase().shown());
        }

        static Key byPlace(TracedCall call) {
            return new Key(call.place(), call.phase().shown());
        }
    }

    private static OperatorLine line(Key key, List<TracedCall> calls, long stepNanos, Ceilings ceilings) {
        double seconds = calls.stream().mapToLong(TracedCall::nanos).sum() / 1e9;
        double operations =
                calls.stream().mapToDouble(call -> call.work().operations()).sum();
        double bytes = calls.stream().mapToDouble(call -> call.work().bytes()).sum();
        Double fraction = null;
        if (ceilings != null && seconds > 0) {
            double least = calls.stream()
                    .map(TracedCall::work)
                    .mapToDouble(ceilings::seconds)
                    .sum();
            fraction = least / seconds;
        }
        return new OperatorLine(
                key.name(),
                key.phase(),
                calls.size(),
                seconds,
                seconds * 1e9 / stepNanos,
                operations / 1e9,
                bytes / 1e9,
                fraction);
    }
}
