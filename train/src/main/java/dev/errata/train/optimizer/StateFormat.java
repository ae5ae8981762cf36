package dev.errata.train.optimizer;

import dev.errata.tensor.Blockwise8Bit;
import dev.errata.tensor.DType;
import dev.errata.tensor.Tensor;
import dev.errata.train.config.OptimizerConfig;
import java.util.List;

/** How AdamW's two moments of a parameter are stored, and what that takes. Fresh moments are all bytes zero. */
@SuppressWarnings("ImmutableEnumChecker") // the list of parts never changes
public enum StateFormat {
    /** F32. */
    THIRTY_TWO_BIT(new StatePart("m", DType.F32, 1), new StatePart("v", DType.F32, 1)),

    /** bitsandbytes' AdamW8bit: the first moment through the signed dynamic map, the second through the unsigned one. */
    EIGHT_BIT(
            new StatePart("m_codes", DType.U8, 1),
            new StatePart("v_codes", DType.U8, 1),
            new StatePart("m_absmax", DType.F32, Blockwise8Bit.BLOCK_SIZE),
            new StatePart("v_absmax", DType.F32, Blockwise8Bit.BLOCK_SIZE));

    /** Each part begins at a multiple of this many bytes. */
    private static final int ALIGNMENT = 64;

    private final List<StatePart> parts;

    StateFormat(StatePart... parts) {
        this.parts = List.of(parts);
    }

    /** The parameter's size alone decides, as in bitsandbytes: 8 bits from {@code min_8bit_size} elements on. */
    public static StateFormat of(OptimizerConfig config, long elements) {
        return config.name().equals("adamw8bit") && elements >= config.min8bitSize() ? EIGHT_BIT : THIRTY_TWO_BIT;
    }

    public List<StatePart> parts() {
        return parts;
    }

    /** Bytes that the moments of so many elements take side by side. */
    public long bytes(long elements) {
        return offset(parts.size(), elements);
    }

    /** The byte at which a part begins in the memory of so many elements' moments. */
    long offset(int part, long elements) {
        long at = 0;
        for (StatePart each : parts.subList(0, part)) {
            at += aligned(each.bytes(elements));
        }
        return at;
    }

    /** How many of these elements have room for their moments: all, or a number of whole blocks. */
    long fitting(long room, long elements) {
        if (bytes(elements) <= room) {
            return elements;
        }
        long block = parts.stream()
                .mapToLong(part -> part.bytes(Blockwise8Bit.BLOCK_SIZE))
                .sum();
        long forAligning = (long) parts.size() * ALIGNMENT;
        return Math.max(0, room - forAligning) / block * Blockwise8Bit.BLOCK_SIZE;
    }

    /** The moments of so many elements that lie in memory from a byte on. */
    OptimizerState in(Tensor memory, long from, long elements, StateMaps maps) {
        return switch (this) {
            case THIRTY_TWO_BIT ->
                new OptimizerState.ThirtyTwoBit(part(0, memory, from, elements), part(1, memory, from, elements));
            case EIGHT_BIT ->
                new OptimizerState.EightBit(
                        new Blockwise8Bit(
                                part(0, memory, from, elements), part(2, memory, from, elements), maps.signed()),
                        new Blockwise8Bit(
                                part(1, memory, from, elements), part(3, memory, from, elements), maps.unsigned()));
        };
    }

    private Tensor part(int index, Tensor memory, long from, long elements) {
        StatePart part = parts.get(index);
        return memory.window(
                part.name() + " of " + memory.name(),
                part.dtype(),
                from + offset(index, elements),
                part.entries(elements));
    }

    static long aligned(long bytes) {
        return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
}
