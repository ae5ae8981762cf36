package dev.errata.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.kernels.machine.GuardedMemory;
import dev.errata.tensor.Rounding;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** By the Vector API, and by machine code where there is some: both have the bits of one number after another. */
class RowsOfBf16Test {
    private static final MachineKernels MACHINE = MachineKernels.open().orElse(null);
    private static final short UNTOUCHED = 0x1234;

    @AfterAll
    static void close() {
        if (MACHINE != null) {
            MACHINE.close();
        }
    }

    private static Stream<RowsOfBf16> ways() {
        RowsOfBf16 machineCode = MACHINE == null ? RowsOfBf16.ofVectors() : new RowsOfBf16(MACHINE::rowsOfBf16, null);
        return Stream.of(RowsOfBf16.ofVectors(), machineCode);
    }

    /** Every upper half with lower halves around the middle: NaN of both kinds, infinities and numbers too small to be normal too. */
    @ParameterizedTest
    @MethodSource("ways")
    void everyNumberIsRoundedAsByItself(RowsOfBf16 rows) {
        int[] lower = {0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF};
        int count = lower.length << 16;
        try (GuardedMemory guarded = new GuardedMemory()) {
            MemorySegment from = guarded.before(count * 4L);
            MemorySegment to = guarded.before(count * 2L);
            for (int i = 0; i < count; i++) {
                from.set(
                        ValueLayout.JAVA_INT_UNALIGNED,
                        i * 4L,
                        (i / lower.length) * 0x1_0000 + lower[i % lower.length]);
            }
            rows.narrow(from.address(), 0, to.address(), 0, 1, count);
            for (int i = 0; i < count; i++) {
                float x = from.get(ValueLayout.JAVA_FLOAT_UNALIGNED, i * 4L);
                if (to.get(ValueLayout.JAVA_SHORT_UNALIGNED, i * 2L) != Rounding.bf16Bits(x)) {
                    assertThat(to.get(ValueLayout.JAVA_SHORT_UNALIGNED, i * 2L))
                            .as("%s, bits %x", x, Float.floatToRawIntBits(x))
                            .isEqualTo(Rounding.bf16Bits(x));
                }
            }
            rows.round(from.address(), count);
            for (int i = 0; i < count; i++) {
                int rounded = from.get(ValueLayout.JAVA_INT_UNALIGNED, i * 4L);
                if (rounded != to.get(ValueLayout.JAVA_SHORT_UNALIGNED, i * 2L) << 16) {
                    assertThat(rounded)
                            .as("%d-th number, rounded where it lies", i)
                            .isEqualTo(to.get(ValueLayout.JAVA_SHORT_UNALIGNED, i * 2L) << 16);
                }
            }
        }
    }

    /** Between guard pages; what lies between rows is left alone. */
    @ParameterizedTest
    @MethodSource("ways")
    void rowsOfAnyLengthAreConvertedThereAndBack(RowsOfBf16 rows) {
        Random random = new Random(5);
        for (int i = 0; i < 200; i++) {
            int count = random.nextInt(140);
            int height = random.nextInt(5);
            int stride = count + random.nextInt(3);
            int elements = Math.max(0, (height - 1) * stride + count);
            try (GuardedMemory guarded = new GuardedMemory()) {
                MemorySegment wide = guarded.before(elements * 4L);
                MemorySegment narrow = guarded.before(elements * 2L);
                MemorySegment back = guarded.before(elements * 4L);
                for (int j = 0; j < elements; j++) {
                    wide.set(ValueLayout.JAVA_FLOAT_UNALIGNED, j * 4L, (float) random.nextGaussian());
                    narrow.set(ValueLayout.JAVA_SHORT_UNALIGNED, j * 2L, UNTOUCHED);
                    back.set(ValueLayout.JAVA_INT_UNALIGNED, j * 4L, UNTOUCHED);
                }
                rows.narrow(wide.address(), stride * 4L, narrow.address(), stride * 2L, height, count);
                rows.widen(narrow.address(), stride * 2L, back.address(), stride * 4L, height, count);
                for (int j = 0; j < elements; j++) {
                    boolean isOfARow = j % stride < count;
                    float rounded = Rounding.bf16(wide.get(ValueLayout.JAVA_FLOAT_UNALIGNED, j * 4L));
                    assertThat(narrow.get(ValueLayout.JAVA_SHORT_UNALIGNED, j * 2L))
                            .as("%d of %d rows of %d, narrow", j, height, count)
                            .isEqualTo(isOfARow ? Rounding.bf16Bits(rounded) : UNTOUCHED);
                    assertThat(back.get(ValueLayout.JAVA_INT_UNALIGNED, j * 4L))
                            .as("%d of %d rows of %d, wide again", j, height, count)
                            .isEqualTo(isOfARow ? Float.floatToRawIntBits(rounded) : UNTOUCHED);
                }
            }
        }
    }
}
