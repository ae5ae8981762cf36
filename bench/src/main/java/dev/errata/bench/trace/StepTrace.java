package dev.errata.bench.trace;

import dev.errata.train.trace.Phase;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * One training step as it ran.
 *
 * @param nanos the whole step's
 * @param calls in the order in which they ran
 * @param memories all that was live at some time in the step
 */
record StepTrace(
        int step, String device, int threads, long nanos, List<TracedCall> calls, List<TracedMemory> memories) {
    /** Bytes by kind at one moment. */
    record Moment(long nanos, Map<MemoryKind, Long> bytes) {
        long total() {
            return bytes.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    /** Memory at every moment at which it changes, and at the step's beginning and end. */
    List<Moment> moments() {
        TreeSet<Long> times = new TreeSet<>(List.of(0L, nanos));
        memories.forEach(memory -> {
            times.add(memory.begun());
            if (memory.ended() <= nanos) {
                times.add(memory.ended());
            }
        });
        record Change(long at, MemoryKind kind, long bytes) {}
        List<Change> changes = new ArrayList<>();
        for (TracedMemory memory : memories) {
            changes.add(new Change(memory.begun(), memory.kind(), memory.bytes()));
            if (memory.ended() <= nanos) {
                changes.add(new Change(memory.ended(), memory.kind(), -memory.bytes()));
            }
        }
        changes.sort(Comparator.comparingLong(Change::at));
        List<Moment> moments = new ArrayList<>();
        Map<MemoryKind, Long> now = new EnumMap<>(MemoryKind.class);
        int next = 0;
        for (long time : times) {
            while (next < changes.size() && changes.get(next).at() <= time) {
                now.merge(changes.get(next).kind(), changes.get(next).bytes(), Long::sum);
                next++;
            }
            moments.add(new Moment(time, new EnumMap<>(now)));
        }
        return moments;
    }

    /** The moment at which most is live. */
    Moment peak() {
        return moments().stream().max(Comparator.comparingLong(Moment::total)).orElseThrow();
    }

    /** When the first layer's gradients begin: the end of what is done forward, after which kept memory only shrinks. */
    long backwardBegins() {
        return calls.stream()
                .filter(call -> call.phase() == Phase.BACKWARD)
                .mapToLong(TracedCall::begun)
                .findFirst()
                .orElse(nanos);
    }

    /** Activations that are kept for gradients when these begin, the largest first. */
    List<TracedMemory> kept() {
        long begins = backwardBegins();
        return memories.stream()
                .filter(memory -> memory.kind() == MemoryKind.ACTIVATIONS && memory.isLiveAt(begins))
                .sorted(Comparator.comparingLong(TracedMemory::bytes).reversed())
                .toList();
    }
}
