package dev.errata.kernels.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PanelOfRowsTest {
    private static final int OUTPUTS = 32;

    /** By the plain meaning, which also holds that nothing beyond the buffers is touched. */
    @ParameterizedTest
    @EnumSource
    void turnsRowsIntoAPanelByThePlainMeaning(PanelOfRows.Elements elements) {
        MachineCode code = new PanelOfRows(elements).code();
        for (int runs = 1; runs <= 3; runs++) {
            check(
                    elements,
                    runs,
                    (from, to, x) -> new PlainProcessor()
                            .reads(from.address(), from.byteSize())
                            .writes(to.address(), to.byteSize())
                            .call(code, x));
        }
    }

    /** The same on this processor, between guard pages. */
    @ParameterizedTest
    @EnumSource
    void turnsRowsIntoAPanelOnThisProcessor(PanelOfRows.Elements elements) throws MachineCodeUnavailable {
        assumeTrue(ProcessorUnits.look().contains(ProcessorUnit.AVX512F), "this processor has no AVX-512");
        try (ExecutableMemory memory = ExecutableMemory.of(List.of(new PanelOfRows(elements).code()))) {
            Routine routine = memory.routines().getFirst();
            for (int runs = 1; runs <= 40; runs++) {
                check(elements, runs, (from, to, x) -> routine.call(x[0], x[1], x[2], x[3], x[4], 0, 0, 0));
            }
        }
    }

    @FunctionalInterface
    private interface Way {
        void run(MemorySegment from, MemorySegment to, long... arguments);
    }

    private static void check(PanelOfRows.Elements elements, int runs, Way way) {
        Random random = new Random(runs);
        boolean halves = elements == PanelOfRows.Elements.HALVES;
        int bytes = halves ? 2 : 4;
        int in = runs * PanelOfRows.RUN;
        long stride = (long) (in + random.nextInt(3)) * bytes;
        try (GuardedMemory guarded = new GuardedMemory()) {
            MemorySegment from = guarded.before((OUTPUTS - 1) * stride + (long) in * bytes);
            MemorySegment to = guarded.before((long) in * OUTPUTS * bytes);
            for (long i = 0; i < from.byteSize(); i++) {
                from.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
            }
            way.run(from, to, from.address(), stride, from.address() + OUTPUTS / 2 * stride, to.address(), runs);
            for (int k = 0; k < in; k++) {
                for (int o = 0; o < OUTPUTS; o++) {
                    String what = "input " + k + " of output " + o;
                    if (halves) {
                        assertThat(to.get(ValueLayout.JAVA_SHORT_UNALIGNED, k * 64L + o % 16 * 4L + o / 16 * 2L))
                                .as(what)
                                .isEqualTo(from.get(ValueLayout.JAVA_SHORT_UNALIGNED, o * stride + k * 2L));
                    } else {
                        assertThat(to.get(ValueLayout.JAVA_INT_UNALIGNED, k * 128L + o * 4L))
                                .as(what)
                                .isEqualTo(from.get(ValueLayout.JAVA_INT_UNALIGNED, o * stride + k * 4L));
                    }
                }
            }
        }
    }
}
