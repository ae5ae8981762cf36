package dev.errata.kernels.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class F32RowTest {
    private static final int COLUMNS = F32Tile.COLUMNS;

    /** By the plain meaning, which also holds that nothing beyond the buffers is touched. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "MATRIX")
    void isOneChainOfFusedMultiplyAddsByThePlainMeaning(F32Tile.Right right) {
        for (int panels = 1; panels <= F32Row.MOST_PANELS; panels++) {
            MachineCode code = new F32Row(panels, right).code();
            for (int steps : new int[] {1, 2, 3, 6}) {
                check(
                        new F32Row(panels, right),
                        steps,
                        (a, b, c, x) -> new PlainProcessor()
                                .reads(a.address(), a.byteSize())
                                .reads(b.address(), b.byteSize())
                                .writes(c.address(), c.byteSize())
                                .call(code, x));
            }
        }
    }

    /** The same on this processor, between guard pages. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "MATRIX")
    void isOneChainOfFusedMultiplyAddsOnThisProcessor(F32Tile.Right right) throws MachineCodeUnavailable {
        assumeTrue(ProcessorUnits.look().contains(ProcessorUnit.AVX512F), "this processor has no AVX-512");
        for (int panels = 1; panels <= F32Row.MOST_PANELS; panels++) {
            F32Row row = new F32Row(panels, right);
            try (ExecutableMemory memory = ExecutableMemory.of(List.of(row.code()))) {
                Routine routine = memory.routines().getFirst();
                for (int steps = 1; steps <= 35; steps++) {
                    check(row, steps, (a, b, c, x) -> routine.call(x[0], x[1], x[2], x[3], x[4], x[5], 0, 0));
                }
            }
        }
    }

    @FunctionalInterface
    private interface Way {
        void run(MemorySegment a, MemorySegment b, MemorySegment c, long... arguments);
    }

    private static void check(F32Row row, int steps, Way way) {
        Random random = new Random(row.panels() * 100L + steps);
        boolean halves = row.right() == F32Tile.Right.HALVES;
        int stepBytes = COLUMNS * (halves ? 2 : 4);
        long apart = (steps + random.nextInt(3)) * (long) stepBytes;
        int outputs = row.panels() * COLUMNS;
        try (GuardedMemory guarded = new GuardedMemory()) {
            MemorySegment a = guarded.before(steps * 4L);
            MemorySegment b = guarded.before((row.panels() - 1) * apart + (long) steps * stepBytes);
            MemorySegment c = guarded.before(outputs * 4L);
            float[] x = new float[steps];
            float[][] w = new float[steps][outputs];
            for (int k = 0; k < steps; k++) {
                x[k] = (float) random.nextGaussian();
                a.set(ValueLayout.JAVA_FLOAT_UNALIGNED, k * 4L, x[k]);
                for (int o = 0; o < outputs; o++) {
                    int bits = Float.floatToRawIntBits((float) random.nextGaussian());
                    int in = o % COLUMNS;
                    long at = o / COLUMNS * apart + (long) k * stepBytes;
                    if (halves) {
                        bits &= 0xFFFF_0000;
                        b.set(ValueLayout.JAVA_SHORT_UNALIGNED, at + in % 16 * 4L + in / 16 * 2L, (short)
                                (bits >>> 16));
                    } else {
                        b.set(ValueLayout.JAVA_INT_UNALIGNED, at + in * 4L, bits);
                    }
                    w[k][o] = Float.intBitsToFloat(bits);
                }
            }
            for (int adds = 0; adds < 2; adds++) {
                for (int o = 0; o < outputs; o++) {
                    c.set(ValueLayout.JAVA_FLOAT_UNALIGNED, o * 4L, 7 - o);
                }
                way.run(a, b, c, a.address(), b.address(), apart, steps, c.address(), adds);
                for (int o = 0; o < outputs; o++) {
                    float sum = adds * (7 - o);
                    for (int k = 0; k < steps; k++) {
                        sum = Math.fma(x[k], w[k][o], sum);
                    }
                    assertThat(c.get(ValueLayout.JAVA_FLOAT_UNALIGNED, o * 4L))
                            .as("%s, %d steps, output %d", row, steps, o)
                            .isEqualTo(sum);
                }
            }
        }
    }
}
