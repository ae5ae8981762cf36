package dev.errata.kernels.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Few rows beside {@link AmxBf16Tile}, whose bits they promise: both line by line in plain Java, and both on a processor with AMX. */
class AmxBf16RowTest {
    private static final int COLUMNS = Bf16Tile.COLUMNS;
    private static final int C_STRIDE = COLUMNS * 4 + 64;

    @FunctionalInterface
    private interface Way {
        void call(MachineCode code, MemorySegment a, MemorySegment b, MemorySegment c, long... arguments)
                throws MachineCodeUnavailable;
    }

    @Test
    void hasTheTilesBitsByThePlainMeaning() throws MachineCodeUnavailable {
        for (int rows = 1; rows <= AmxBf16Row.MOST_ROWS; rows++) {
            for (int pairs : new int[] {1, 2, 15, 16, 17, 47}) {
                compare(
                        rows,
                        pairs,
                        (code, a, b, c, x) -> new PlainProcessor()
                                .reads(a.address(), a.byteSize())
                                .reads(b.address(), b.byteSize())
                                .writes(c.address(), c.byteSize())
                                .call(code, x));
            }
        }
    }

    @Test
    void hasTheTilesBitsOnThisProcessor() throws MachineCodeUnavailable {
        assumeTrue(ProcessorUnits.look().contains(ProcessorUnit.AMX_BF16), "this processor has no AMX");
        for (int rows = 1; rows <= AmxBf16Row.MOST_ROWS; rows++) {
            for (int pairs = 1; pairs <= 100; pairs++) {
                compare(rows, pairs, (code, a, b, c, x) -> {
                    try (ExecutableMemory memory = ExecutableMemory.of(List.of(code))) {
                        memory.routines().getFirst().call(x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7]);
                    }
                });
            }
        }
    }

    private static void compare(int rows, int pairs, Way way) throws MachineCodeUnavailable {
        Random random = new Random(rows * 1000L + pairs);
        int times = Math.ceilDiv(2 * pairs, AmxBf16Tile.STEPS);
        long filled = times * (long) AmxBf16Tile.STEPS;
        try (GuardedMemory guarded = new GuardedMemory()) {
            MemorySegment a = guarded.before(4L * rows * pairs);
            MemorySegment panel = guarded.before(pairs * 128L);
            MemorySegment c = guarded.before((rows - 1L) * C_STRIDE + COLUMNS * 4);
            MemorySegment wideA = guarded.before(rows * filled * 2);
            MemorySegment tiles = guarded.before(filled * 64);
            MemorySegment expected = guarded.before(c.byteSize());
            for (int step = 0; step < 2 * pairs; step++) {
                for (int row = 0; row < rows; row++) {
                    short x = number(random);
                    a.set(ValueLayout.JAVA_SHORT_UNALIGNED, (row * 2L * pairs + step) * 2, x);
                    wideA.set(ValueLayout.JAVA_SHORT_UNALIGNED, (row * filled + step) * 2, x);
                }
                for (int o = 0; o < COLUMNS; o++) {
                    short w = number(random);
                    panel.set(ValueLayout.JAVA_SHORT_UNALIGNED, step * 64L + o % 16 * 4L + o / 16 * 2L, w);
                    tiles.set(ValueLayout.JAVA_SHORT_UNALIGNED, step / 2 * 128L + o * 4L + step % 2 * 2L, w);
                }
            }
            for (int adds = 0; adds < 2; adds++) {
                for (int row = 0; row < rows; row++) {
                    for (int o = 0; o < COLUMNS; o++) {
                        int start = number(random) << 16;
                        c.set(ValueLayout.JAVA_INT_UNALIGNED, row * (long) C_STRIDE + o * 4L, start);
                        expected.set(ValueLayout.JAVA_INT_UNALIGNED, row * (long) C_STRIDE + o * 4L, start);
                    }
                }
                long[] few = {a.address(), pairs * 4L, panel.address(), pairs, c.address(), C_STRIDE, adds, 0};
                long[] tile = {
                    wideA.address(), filled * 2, tiles.address(), times, expected.address(), C_STRIDE, adds, 1
                };
                way.call(new AmxBf16Row(rows).code(), a, panel, c, few);
                way.call(new AmxBf16Tile(rows).code(), wideA, tiles, expected, tile);
                for (int row = 0; row < rows; row++) {
                    for (int o = 0; o < COLUMNS; o++) {
                        assertThat(bits(c, row, o))
                                .as("%d rows, %d pairs, row %d, output %d, adds %d", rows, pairs, row, o, adds)
                                .isEqualTo(bits(expected, row, o));
                    }
                }
            }
        }
    }

    /** One NaN is as good as another. */
    private static int bits(MemorySegment c, int row, int o) {
        return Float.floatToIntBits(c.get(ValueLayout.JAVA_FLOAT_UNALIGNED, row * (long) C_STRIDE + o * 4L));
    }

    /** Ordinary numbers, and those around whose products and sums are too small to be normal; zeros of both signs; now and then infinity. */
    private static short number(Random random) {
        int sign = random.nextInt(2) << 15;
        return (short) (sign
                | switch (random.nextInt(8)) {
                    case 0 -> 0;
                    case 1 -> random.nextInt(0x80);
                    case 2, 3 -> 0x1F80 + random.nextInt(0x200);
                    case 4 -> random.nextInt(400) == 0 ? 0x7F80 : 0x0080 + random.nextInt(0x180);
                    default -> 0x3F00 + random.nextInt(0x100);
                });
    }
}
