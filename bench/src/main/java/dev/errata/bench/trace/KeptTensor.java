package dev.errata.bench.trace;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A kind of tensor that is kept for gradients when these begin.
 *
 * @param tensors how many there are of it
 * @param bytes of all together
 * @param madeBy the operator that wrote it first
 * @param places where in the model, the first and the last
 * @param waiting the operators that are yet to read one of them, in the order in which they do
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
record KeptTensor(String name, int tensors, long bytes, String madeBy, List<String> places, List<String> waiting) {
    /** Tensors of one name, made and read by the same operators, are one line; the largest first. */
    static List<KeptTensor> of(StepTrace trace) {
        record Group(String name, String madeBy, List<String> waiting) {}
        Map<Group, List<TracedMemory>> groups = new LinkedHashMap<>();
        for (TracedMemory memory : trace.kept()) {
            Group group = new Group(memory.name(), maker(trace, memory), waiting(trace, memory));
            groups.computeIfAbsent(group, g -> new ArrayList<>()).add(memory);
        }
        List<KeptTensor> lines = new ArrayList<>();
        groups.forEach((group, memories) -> {
            List<String> places = memories.stream()
                    .filter(memory -> memory.madeBy() >= 0)
                    .sorted((a, b) -> Integer.compare(a.madeBy(), b.madeBy()))
                    .map(memory -> trace.calls().get(memory.madeBy()).place())
                    .distinct()
                    .toList();
            lines.add(new KeptTensor(
                    group.name(),
                    memories.size(),
                    memories.stream().mapToLong(TracedMemory::bytes).sum(),
                    group.madeBy(),
                    places.size() > 2 ? List.of(places.getFirst(), places.getLast()) : places,
                    group.waiting()));
        });
        lines.sort((a, b) -> Long.compare(b.bytes(), a.bytes()));
        return lines;
    }

    private static String maker(StepTrace trace, TracedMemory memory) {
        return memory.madeBy() < 0 ? "" : trace.calls().get(memory.madeBy()).operator();
    }

    private static List<String> waiting(StepTrace trace, TracedMemory memory) {
        long begins = trace.backwardBegins();
        return memory.reads().stream()
                .map(trace.calls()::get)
                .filter(call -> call.begun() >= begins)
                .map(TracedCall::operator)
                .distinct()
                .toList();
    }
}
