package dev.errata.kernels.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class F32TileTest {
    private static final int C_STRIDE = F32Tile.COLUMNS * 4 + 4;

    static Stream<Arguments> forms() {
        return Stream.of(F32Tile.Left.values())
                .flatMap(left -> Stream.of(F32Tile.Right.values()).map(right -> Arguments.of(left, right)));
    }

    /** Every number of rows and loop remainder, by the plain meaning, which also holds that nothing beyond the buffers is touched. */
    @ParameterizedTest
    @MethodSource("forms")
    void isOneChainOfFusedMultiplyAddsByThePlainMeaning(F32Tile.Left left, F32Tile.Right right) {
        for (int rows = 1; rows <= F32Tile.MOST_ROWS; rows++) {
            for (int steps : new int[] {1, 3, 4, 5, 9}) {
                check(
                        new F32Tile(rows, left, right),
                        steps,
                        (code, buffers, arguments) -> new PlainProcessor()
                                .reads(buffers.a.address(), buffers.a.byteSize())
                                .reads(buffers.b.address(), buffers.b.byteSize())
                                .writes(buffers.c.address(), buffers.c.byteSize())
                                .call(code, arguments));
            }
        }
    }

    /** The same on this processor, between guard pages. */
    @ParameterizedTest
    @MethodSource("forms")
    void isOneChainOfFusedMultiplyAddsOnThisProcessor(F32Tile.Left left, F32Tile.Right right)
            throws MachineCodeUnavailable {
        assumeTrue(ProcessorUnits.look().contains(ProcessorUnit.AVX512F), "this processor has no AVX-512");
        for (int rows = 1; rows <= F32Tile.MOST_ROWS; rows++) {
            F32Tile tile = new F32Tile(rows, left, right);
            try (ExecutableMemory memory = ExecutableMemory.of(List.of(tile.code()))) {
                Routine routine = memory.routines().getFirst();
                for (int steps = 1; steps <= 35; steps++) {
                    check(
                            tile,
                            steps,
                            (code, buffers, x) ->
                                    routine.call(x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7], x[8], 0));
                }
            }
        }
    }

    private record Buffers(MemorySegment a, MemorySegment b, MemorySegment c) {}

    @FunctionalInterface
    private interface Way {
        void run(MachineCode code, Buffers buffers, long... arguments);
    }

    private static void check(F32Tile tile, int steps, Way way) {
        Random random = new Random(tile.rows() * 100L + steps);
        boolean turned = tile.left() == F32Tile.Left.COLUMNS;
        boolean halves = tile.right() == F32Tile.Right.HALVES;
        boolean matrix = tile.right() == F32Tile.Right.MATRIX;
        int outer = turned ? steps : tile.rows();
        int inner = turned ? tile.rows() : steps;
        long stride = (inner + random.nextInt(3)) * 4L;
        long bStride = halves ? 64 : 128 + (matrix ? random.nextInt(3) * 4L : 0);
        MachineCode code = tile.code();
        try (GuardedMemory guarded = new GuardedMemory()) {
            MemorySegment a = guarded.before((outer - 1) * stride + inner * 4L);
            MemorySegment b = guarded.before((steps - 1) * bStride + (halves ? 64 : 128));
            MemorySegment c = guarded.before((tile.rows() - 1L) * C_STRIDE + F32Tile.COLUMNS * 4);
            float[][] x = new float[tile.rows()][steps];
            float[][] w = new float[steps][F32Tile.COLUMNS];
            for (int row = 0; row < tile.rows(); row++) {
                for (int k = 0; k < steps; k++) {
                    x[row][k] = (float) random.nextGaussian();
                    long at = turned ? k * stride + row * 4L : row * stride + k * 4L;
                    a.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, x[row][k]);
                }
            }
            for (int k = 0; k < steps; k++) {
                for (int o = 0; o < F32Tile.COLUMNS; o++) {
                    w[k][o] = (float) random.nextGaussian();
                    if (halves) {
                        int bits = Float.floatToRawIntBits(w[k][o]) & 0xFFFF_0000;
                        w[k][o] = Float.intBitsToFloat(bits);
                        long at = k * 64L + o % 16 * 4L + o / 16 * 2L;
                        b.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, (short) (bits >>> 16));
                    } else {
                        b.set(ValueLayout.JAVA_FLOAT_UNALIGNED, k * bStride + o * 4L, w[k][o]);
                    }
                }
            }
            for (int adds = 0; adds < 2; adds++) {
                for (int row = 0; row < tile.rows(); row++) {
                    for (int o = 0; o < F32Tile.COLUMNS; o++) {
                        c.set(ValueLayout.JAVA_FLOAT_UNALIGNED, (long) row * C_STRIDE + o * 4L, row - o);
                    }
                }
                way.run(
                        code,
                        new Buffers(a, b, c),
                        a.address(),
                        stride,
                        b.address(),
                        steps,
                        c.address(),
                        C_STRIDE,
                        adds,
                        bStride,
                        c.address());
                for (int row = 0; row < tile.rows(); row++) {
                    for (int o = 0; o < F32Tile.COLUMNS; o++) {
                        float sum = adds * (row - o);
                        for (int k = 0; k < steps; k++) {
                            sum = Math.fma(x[row][k], w[k][o], sum);
                        }
                        assertThat(c.get(ValueLayout.JAVA_FLOAT_UNALIGNED, (long) row * C_STRIDE + o * 4L))
                                .as("%s, %d steps, row %d, output %d", tile, steps, row, o)
                                .isEqualTo(sum);
                    }
                }
            }
        }
    }
}
