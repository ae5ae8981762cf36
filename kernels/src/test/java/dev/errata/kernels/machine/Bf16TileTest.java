package dev.errata.kernels.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class Bf16TileTest {
    private static final int C_STRIDE = Bf16Tile.COLUMNS * 4 + 4;

    /** Every number of rows and loop remainder, by the plain meaning, which also holds that nothing beyond the buffers is touched. */
    @ParameterizedTest
    @EnumSource(Bf16Tile.Order.class)
    void isTheProductByThePlainMeaning(Bf16Tile.Order order) throws MachineCodeUnavailable {
        for (int rows = 1; rows <= Bf16Tile.MOST_ROWS; rows++) {
            for (int pairs : new int[] {1, 2, 3, 5, 8}) {
                check(order, rows, pairs, false);
            }
        }
    }

    /** The same on this processor, between guard pages. */
    @ParameterizedTest
    @EnumSource(Bf16Tile.Order.class)
    void isTheProductOnThisProcessor(Bf16Tile.Order order) throws MachineCodeUnavailable {
        assumeTrue(ProcessorUnits.look().contains(ProcessorUnit.VDPBF16PS), "this processor has no vdpbf16ps");
        for (int rows = 1; rows <= Bf16Tile.MOST_ROWS; rows++) {
            for (int pairs = 1; pairs <= 35; pairs++) {
                check(order, rows, pairs, true);
            }
        }
    }

    private static void check(Bf16Tile.Order order, int rows, int pairs, boolean natively)
            throws MachineCodeUnavailable {
        Random random = new Random(rows * 100L + pairs);
        int k = 2 * pairs;
        long stride = (k + random.nextInt(3)) * 2L;
        try (GuardedMemory guarded = new GuardedMemory()) {
            MemorySegment a = guarded.before((rows - 1) * stride + k * 2L);
            long bStride = order == Bf16Tile.Order.ROWS ? 64 + random.nextInt(3) * 2L : 64;
            MemorySegment b = guarded.before((k - 1) * bStride + 64);
            MemorySegment c = guarded.before((long) (rows - 1) * C_STRIDE + Bf16Tile.COLUMNS * 4);
            float[][] x = new float[rows][k];
            float[][] w = new float[k][Bf16Tile.COLUMNS];
            for (int row = 0; row < rows; row++) {
                for (int i = 0; i < k; i++) {
                    x[row][i] = number(random);
                    a.set(ValueLayout.JAVA_SHORT_UNALIGNED, row * stride + i * 2L, bf16(x[row][i]));
                }
            }
            for (int i = 0; i < k; i++) {
                for (int o = 0; o < Bf16Tile.COLUMNS; o++) {
                    w[i][o] = number(random);
                    long at = switch (order) {
                        case STEPS -> i / 2 * 128L + o * 4L + i % 2 * 2L;
                        case OUTPUTS -> i * 64L + o % 16 * 4L + o / 16 * 2L;
                        case ROWS -> i * bStride + o * 2L;
                    };
                    b.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, bf16(w[i][o]));
                }
            }
            MachineCode code = new Bf16Tile(rows, order).code();
            for (int adds = 0; adds < 2; adds++) {
                for (int row = 0; row < rows; row++) {
                    for (int o = 0; o < Bf16Tile.COLUMNS; o++) {
                        c.set(ValueLayout.JAVA_FLOAT_UNALIGNED, (long) row * C_STRIDE + o * 4L, row - o);
                    }
                }
                if (natively) {
                    try (ExecutableMemory memory = ExecutableMemory.of(List.of(code))) {
                        memory.routines()
                                .getFirst()
                                .call(a.address(), stride, b.address(), pairs, c.address(), C_STRIDE, adds, bStride);
                    }
                } else {
                    new PlainProcessor()
                            .reads(a.address(), a.byteSize())
                            .reads(b.address(), b.byteSize())
                            .writes(c.address(), c.byteSize())
                            .call(code, a.address(), stride, b.address(), pairs, c.address(), C_STRIDE, adds, bStride);
                }
                for (int row = 0; row < rows; row++) {
                    for (int o = 0; o < Bf16Tile.COLUMNS; o++) {
                        float sum = adds * (row - o);
                        for (int i = 0; i < k; i++) {
                            sum += x[row][i] * w[i][o];
                        }
                        assertThat(c.get(ValueLayout.JAVA_FLOAT_UNALIGNED, (long) row * C_STRIDE + o * 4L))
                                .as("%s, %d rows, %d pairs, row %d, output %d", order, rows, pairs, row, o)
                                .isEqualTo(sum);
                    }
                }
            }
        }
    }

    /** Of few bits, so that sums are exact. */
    private static float number(Random random) {
        return (random.nextInt(33) - 16) * 0.25f;
    }

    private static short bf16(float value) {
        return (short) (Float.floatToRawIntBits(value) >>> 16);
    }
}
