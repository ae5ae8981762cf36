package dev.errata.kernels.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The tile kernel line by line in plain Java, which needs no AMX, and on the processor where it has AMX. */
class AmxBf16TileTest {
    private static final int COLUMNS = Bf16Tile.COLUMNS;
    private static final int C_STRIDE = COLUMNS * 4 + 4;

    /** Every number of rows, which also holds that nothing beyond the buffers is touched and no tile is used wrongly. */
    @Test
    void isTheProductByThePlainMeaning() throws MachineCodeUnavailable {
        for (int rows = 1; rows <= AmxBf16Tile.MOST_ROWS; rows++) {
            for (int times = 1; times <= 3; times++) {
                check(rows, times, rows % 3 == 0 ? 3 : 1, false);
            }
        }
    }

    @Test
    void isTheProductOnThisProcessor() throws MachineCodeUnavailable {
        assumeTrue(ProcessorUnits.look().contains(ProcessorUnit.AMX_BF16), "this processor has no AMX");
        for (int rows = 1; rows <= AmxBf16Tile.MOST_ROWS; rows++) {
            for (int times = 1; times <= 9; times++) {
                check(rows, times, 1 + rows % 3, true);
            }
        }
    }

    private static void check(int rows, int times, int blocks, boolean natively) throws MachineCodeUnavailable {
        Random random = new Random(rows * 100L + times);
        int all = (blocks - 1) * AmxBf16Tile.MOST_ROWS + rows;
        int k = AmxBf16Tile.STEPS * times;
        long stride = (k + random.nextInt(3)) * 2L;
        try (GuardedMemory guarded = new GuardedMemory()) {
            MemorySegment a = guarded.before((all - 1) * stride + k * 2L);
            MemorySegment b = guarded.before(k * 64L);
            MemorySegment c = guarded.before((long) (all - 1) * C_STRIDE + COLUMNS * 4);
            // Rows between blocks of fewer than 32 are nobody's.
            float[][] x = new float[all][k];
            float[][] w = new float[k][COLUMNS];
            for (int row = 0; row < all; row++) {
                for (int i = 0; i < k; i++) {
                    x[row][i] = number(random, i);
                    a.set(ValueLayout.JAVA_SHORT_UNALIGNED, row * stride + i * 2L, bf16(x[row][i]));
                }
            }
            for (int i = 0; i < k; i++) {
                for (int o = 0; o < COLUMNS; o++) {
                    w[i][o] = number(random, o);
                    b.set(ValueLayout.JAVA_SHORT_UNALIGNED, i / 2 * 128L + o * 4L + i % 2 * 2L, bf16(w[i][o]));
                }
            }
            MachineCode code = new AmxBf16Tile(rows).code();
            for (int adds = 0; adds < 2; adds++) {
                float[][] start = new float[all][COLUMNS];
                for (int row = 0; row < all; row++) {
                    for (int o = 0; o < COLUMNS; o++) {
                        start[row][o] = (float) random.nextGaussian();
                        c.set(ValueLayout.JAVA_FLOAT_UNALIGNED, (long) row * C_STRIDE + o * 4L, start[row][o]);
                    }
                }
                if (natively) {
                    try (ExecutableMemory memory = ExecutableMemory.of(List.of(code))) {
                        Routine one = memory.routines().getFirst();
                        one.call(a.address(), stride, b.address(), times, c.address(), C_STRIDE, adds, blocks);
                    }
                } else {
                    new PlainProcessor()
                            .reads(a.address(), a.byteSize())
                            .reads(b.address(), b.byteSize())
                            .writes(c.address(), c.byteSize())
                            .call(code, a.address(), stride, b.address(), times, c.address(), C_STRIDE, adds, blocks);
                }
                for (int row = 0; row < all; row++) {
                    boolean isThere = row % AmxBf16Tile.MOST_ROWS < rows;
                    for (int o = 0; o < COLUMNS; o++) {
                        float before = start[row][o];
                        float meant = isThere ? sum(adds * before, x[row], w, o) : before;
                        assertThat(c.get(ValueLayout.JAVA_FLOAT_UNALIGNED, (long) row * C_STRIDE + o * 4L))
                                .as("%d rows, %d steps, row %d, output %d", rows, k, row, o)
                                .isEqualTo(meant);
                    }
                }
            }
        }
    }

    /** The order of sums that products promise: even and odd steps of 32 apart. */
    private static float sum(float start, float[] x, float[][] w, int o) {
        float sum = start;
        for (int first = 0; first < x.length; first += AmxBf16Tile.STEPS) {
            float even = 0;
            float odd = 0;
            for (int i = first; i < first + AmxBf16Tile.STEPS; i += 2) {
                even = Math.fma(x[i], w[i][o], even);
                odd = Math.fma(x[i + 1], w[i + 1][o], odd);
            }
            sum += even + odd;
        }
        return sum;
    }

    /** What a processor would refuse is an error of the plain one. */
    @Test
    void whatAProcessorRefusesIsRefused() {
        byte[] right = new TileShapes()
                .tile(new Tmm(0), 3, 64)
                .tile(new Tmm(1), 3, 32)
                .tile(new Tmm(2), 8, 64)
                .bytes();
        run(right, a -> a.tdpbf16ps(new Tmm(0), new Tmm(1), new Tmm(2)));
        refused(right, "has no shape", a -> a.tilezero(new Tmm(3)));
        refused(right, "don't go together", a -> a.tdpbf16ps(new Tmm(0), new Tmm(2), new Tmm(1)));
        refused(right, "twice", a -> a.tdpbf16ps(new Tmm(0), new Tmm(0), new Tmm(2)));
        refused(with(right, 0, 2), "palette", a -> {});
        refused(with(right, 15, 1), "isn't 0", a -> {});
        refused(with(right, 48, 17), "17 rows", a -> {});
        refused(with(right, 16, 65), "65 bytes", a -> {});
        refused(with(right, 48, 0), "0 rows and 64 bytes", a -> {});
        refused(with(right, 57, 1), "tile 9", a -> {});
        Assembler leaves = new Assembler("leaves");
        leaves.ldtilecfg(Address.at(Gpr.RDI));
        leaves.ret();
        assertThatThrownBy(() -> call(leaves, right)).hasMessageContaining("leaves its tiles in use");
        Assembler without = new Assembler("without");
        without.tilezero(new Tmm(0));
        without.ret();
        assertThatThrownBy(() -> call(without, right)).hasMessageContaining("has no shape");
        Assembler beyond = new Assembler("beyond");
        beyond.ldtilecfg(Address.at(Gpr.RDI));
        beyond.mov(Gpr.RSI, new Immediate(64));
        beyond.tileloadd(new Tmm(0), Address.at(Gpr.RDI, Gpr.RSI, 1, 0));
        beyond.ret();
        assertThatThrownBy(() -> call(beyond, right)).hasMessageContaining("reads beyond");
    }

    private interface Lines {
        void write(Assembler a);
    }

    private static void refused(byte[] shapes, String why, Lines lines) {
        assertThatThrownBy(() -> run(shapes, lines)).hasMessageContaining(why);
    }

    private static void run(byte[] shapes, Lines lines) {
        Assembler a = new Assembler("some lines");
        a.ldtilecfg(Address.at(Gpr.RDI));
        lines.write(a);
        a.tilerelease();
        a.ret();
        call(a, shapes);
    }

    private static void call(Assembler a, byte[] shapes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment at = arena.allocate(64, 64).copyFrom(MemorySegment.ofArray(shapes));
            new PlainProcessor().reads(at.address(), 64).call(a.assemble(), at.address());
        }
    }

    private static byte[] with(byte[] shapes, int at, int value) {
        byte[] other = shapes.clone();
        other[at] = (byte) value;
        return other;
    }

    /** Of some size, as sums are compared bit by bit. */
    private static float number(Random random, int i) {
        float value = (float) (random.nextGaussian() * Math.pow(2, i % 9 - 4));
        return Float.intBitsToFloat(Float.floatToRawIntBits(value) & 0xFFFF_0000);
    }

    private static short bf16(float value) {
        return (short) (Float.floatToRawIntBits(value) >>> 16);
    }
}
