package dev.errata.train.optimizer;

import dev.errata.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How an optimizer's state of a run of elements is stored: arrays side by side. Fresh state is all bytes zero.
 *
 * @param parts the arrays, in order
 */
public record StateFormat(List<StatePart> parts) {
    /** Each part begins at a multiple of this many bytes. */
    private static final int ALIGNMENT = 64;
    /** Where state is cut into pages, it is at multiples of so many elements, a multiple of every block. */
    private static final int CUT = 256;

    public StateFormat {
        parts = List.copyOf(parts);
        if (parts.stream().anyMatch(part -> CUT % part.span() != 0)) {
            throw new IllegalArgumentException("blocks that " + CUT + " is no multiple of");
        }
    }

    /** Elements that share an entry of some part, so that a tensor's state begins at a multiple of so many. */
    int block() {
        return parts.stream().mapToInt(StatePart::span).max().orElse(1);
    }

    /** Bytes that the state of so many elements takes. */
    public long bytes(long elements) {
        return offset(parts.size(), elements);
    }

    /** The byte at which a part begins in the memory of so many elements' state. */
    long offset(int part, long elements) {
        long at = 0;
        for (StatePart each : parts.subList(0, part)) {
            at += aligned(each.bytes(elements));
        }
        return at;
    }

    /** How many of these elements have room for their state: all, or as many as may be cut off. */
    long fitting(long room, long elements) {
        if (bytes(elements) <= room) {
            return elements;
        }
        long block = parts.stream().mapToLong(part -> part.bytes(CUT)).sum();
        long forAligning = (long) parts.size() * ALIGNMENT;
        return Math.max(0, room - forAligning) / block * CUT;
    }

    /** The parts of so many elements' state that lie in memory from a byte on. */
    List<Tensor> in(Tensor memory, long from, long elements) {
        return IntStream.range(0, parts.size())
                .mapToObj(part -> memory.window(
                        parts.get(part).name() + " of " + memory.name(),
                        parts.get(part).dtype(),
                        from + offset(part, elements),
                        parts.get(part).entries(elements)))
                .toList();
    }

    static long aligned(long bytes) {
        return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
}
