package dev.errata.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.errata.tensor.DType;
import java.lang.foreign.MemorySegment;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Test;

class HalfFloatsTest {
    @Test
    void everyBf16SurvivesTheWayThereAndBack() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float value = HalfFloats.bf16ToFloat((short) bits);
            short back = HalfFloats.floatToBf16(value);
            if (Float.isNaN(value)) {
                assertThat(HalfFloats.bf16ToFloat(back)).isNaN();
            } else {
                assertThat(back).isEqualTo((short) bits);
            }
        }
    }

    @Property(tries = 500, seed = "20", shrinking = ShrinkingMode.OFF)
    void narrowingTakesTheNearestBf16(@ForAll float value) {
        float narrowed = HalfFloats.bf16ToFloat(HalfFloats.floatToBf16(value));
        float below = HalfFloats.bf16ToFloat((short) (Float.floatToRawIntBits(value) >>> 16));
        float above = HalfFloats.bf16ToFloat((short) ((Float.floatToRawIntBits(value) >>> 16) + 1));
        assertThat(narrowed).isIn(below, above);
        if (Float.isFinite(above)) {
            double off = Math.abs((double) narrowed - value);
            assertThat(off).isLessThanOrEqualTo(Math.abs((double) below - value));
            assertThat(off).isLessThanOrEqualTo(Math.abs((double) above - value));
        }
    }

    @Test
    void tiesGoToTheEvenBf16AndOverflowToInfinity() {
        assertThat(HalfFloats.floatToBf16(Float.intBitsToFloat(0x3F808000))).isEqualTo((short) 0x3F80);
        assertThat(HalfFloats.floatToBf16(Float.intBitsToFloat(0x3F818000))).isEqualTo((short) 0x3F82);
        assertThat(HalfFloats.floatToBf16(Float.MAX_VALUE)).isEqualTo((short) 0x7F80);
        assertThat(HalfFloats.floatToBf16(Float.NEGATIVE_INFINITY)).isEqualTo((short) 0xFF80);
        // a NaN whose upper half alone would be an infinity
        assertThat(HalfFloats.bf16ToFloat(HalfFloats.floatToBf16(Float.intBitsToFloat(0x7F800001))))
                .isNaN();
    }

    @Test
    void runsAreReadAndWrittenAtAnyByteOffset() {
        float[] values = {1, -2.5f, 0.099975586f, 65504};
        for (DType dtype : new DType[] {DType.F32, DType.BF16, DType.F16}) {
            MemorySegment odd =
                    MemorySegment.ofArray(new byte[1 + 6 * dtype.bytes()]).asSlice(1);
            HalfFloats.narrow(values, 1, 2, odd, dtype, 3);
            float[] back = new float[5];
            HalfFloats.widen(odd, dtype, 2, back, 1, 4);
            assertThat(back[0]).isZero();
            assertThat(back[1]).isZero();
            assertThat(back[2]).isEqualTo(-2.5f);
            assertThat(back[3]).isCloseTo(0.1f, within(4e-4f));
            assertThat(back[4]).isZero();
        }
    }

    @Test
    void otherTypesAreRefused() {
        MemorySegment bytes = MemorySegment.ofArray(new byte[8]);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HalfFloats.widen(bytes, DType.I32, 0, new float[1], 0, 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HalfFloats.narrow(new float[1], 0, 1, bytes, DType.F64, 0));
    }
}
