package dev.errata.kernels.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TurnedPairsTest {
    private static final int SIZE = TurnedPairs.SIZE;

    /** By the plain meaning, which also holds that nothing beyond the buffers is touched. */
    @ParameterizedTest
    @EnumSource(names = {"OUTPUTS", "STEPS"})
    void turnsPanelsRoundByThePlainMeaning(Bf16Tile.Order order) {
        MachineCode code = new TurnedPairs(order).code();
        for (int panels = 1; panels <= 3; panels++) {
            check(
                    order,
                    panels,
                    (from, to, x) -> new PlainProcessor()
                            .reads(from.address(), from.byteSize())
                            .writes(to.address(), to.byteSize())
                            .call(code, x));
        }
    }

    /** The same on this processor, between guard pages. */
    @ParameterizedTest
    @EnumSource(names = {"OUTPUTS", "STEPS"})
    void turnsPanelsRoundOnThisProcessor(Bf16Tile.Order order) throws MachineCodeUnavailable {
        assumeTrue(ProcessorUnits.look().contains(ProcessorUnit.VDPBF16PS), "this processor has no bf16");
        try (ExecutableMemory memory = ExecutableMemory.of(List.of(new TurnedPairs(order).code()))) {
            Routine routine = memory.routines().getFirst();
            for (int panels = 1; panels <= 40; panels++) {
                check(order, panels, (from, to, x) -> routine.call(x[0], x[1], x[2], x[3], 0, 0, 0, 0));
            }
        }
    }

    @Test
    void panelsOfRowsAreNotTurned() {
        assertThatThrownBy(() -> new TurnedPairs(Bf16Tile.Order.ROWS)).hasMessageContaining("aren't turned");
    }

    @FunctionalInterface
    private interface Way {
        void run(MemorySegment from, MemorySegment to, long... arguments);
    }

    private static void check(Bf16Tile.Order order, int panels, Way way) {
        Random random = new Random(panels);
        long stride = TurnedPairs.SQUARE_BYTES + random.nextInt(3) * 64L;
        try (GuardedMemory guarded = new GuardedMemory()) {
            MemorySegment from = guarded.before((panels - 1) * stride + TurnedPairs.SQUARE_BYTES);
            MemorySegment to = guarded.before((long) panels * TurnedPairs.SQUARE_BYTES);
            for (long i = 0; i < from.byteSize(); i++) {
                from.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
            }
            way.run(from, to, from.address(), stride, panels, to.address());
            for (int panel = 0; panel < panels; panel++) {
                for (int output = 0; output < SIZE; output++) {
                    for (int input = 0; input < SIZE; input++) {
                        long at = panel * stride
                                + switch (order) {
                                    case OUTPUTS -> input * 64L + output % 16 * 4L + output / 16 * 2L;
                                    case STEPS -> input / 2 * 128L + output * 4L + input % 2 * 2L;
                                    default -> throw new AssertionError(order);
                                };
                        int step = panel * SIZE + output;
                        assertThat(to.get(
                                        ValueLayout.JAVA_SHORT_UNALIGNED, step / 2 * 128L + input * 4L + step % 2 * 2L))
                                .as("panel %d, output %d, input %d", panel, output, input)
                                .isEqualTo(from.get(ValueLayout.JAVA_SHORT_UNALIGNED, at));
                    }
                }
            }
        }
    }
}
