package dev.errata.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.errata.tensor.BadInputException;
import dev.errata.tensor.DType;
import dev.errata.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuantizedTensorTest {
    private static QuantizedTensor quantize(
            FourBitFormat format, int blockSize, boolean doubleQuant, Arena arena, float... values) {
        MemorySegment source = MemorySegment.ofArray(values);
        Shape shape = Shape.of(values.length);
        return QuantizedTensor.quantize(
                "w", format, blockSize, doubleQuant, source, DType.F32, shape, arena, "w.safetensors");
    }

    private static float[] dequantize(QuantizedTensor tensor) {
        float[] back = new float[(int) tensor.shape().elements()];
        tensor.dequantizeInto(0, back.length, back, 0);
        return back;
    }

    @Property(tries = 200, seed = "20", shrinking = ShrinkingMode.OFF)
    void everyValueComesBackWithinHalfTheWidestStep(
            @ForAll @Size(max = 300) float[] raw,
            @ForAll FourBitFormat format,
            @ForAll @IntRange(min = -100, max = 100) int exponent) {
        float[] values = new float[raw.length];
        for (int i = 0; i < raw.length; i++) {
            values[i] = Math.scalb((float) Math.sin(raw[i] % 1000), exponent);
        }
        try (Arena arena = Arena.ofConfined()) {
            float[] back = dequantize(quantize(format, 64, false, arena, values));
            for (int i = 0; i < values.length; i++) {
                float absmax = 0;
                for (int j = i / 64 * 64; j < Math.min(values.length, i / 64 * 64 + 64); j++) {
                    absmax = Math.max(absmax, Math.abs(values[j]));
                }
                if (absmax < Float.MIN_NORMAL) {
                    continue; // bitsandbytes divides by 1e-38 at least, so little is left of a subnormal block
                }
                assertThat(Math.abs(back[i] - values[i])).isLessThanOrEqualTo(0.17f * absmax);
            }
        }
    }

    @Property(tries = 100, seed = "20", shrinking = ShrinkingMode.OFF)
    void anyRangeDequantizesToTheSameBits(@ForAll @Size(min = 1, max = 400) float[] raw, @ForAll int seed) {
        float[] values = raw.clone();
        for (int i = 0; i < raw.length; i++) {
            values[i] = raw[i] % 10;
        }
        try (Arena arena = Arena.ofConfined()) {
            QuantizedTensor tensor = quantize(FourBitFormat.NF4, 32, true, arena, values);
            float[] whole = dequantize(tensor);
            int from = Math.floorMod(seed, values.length);
            int count = Math.floorMod(seed / 1000, values.length - from + 1);
            float[] part = new float[count + 2];
            tensor.dequantizeInto(from, count, part, 1);
            assertThat(Arrays.copyOfRange(part, 1, count + 1)).isEqualTo(Arrays.copyOfRange(whole, from, from + count));
            assertThat(part[0]).isZero();
            assertThat(part[count + 1]).isZero();
        }
    }

    @Test
    void theFirstElementLiesInTheHighNibbleAndAnOddCountIsFilledWithZero() {
        try (Arena arena = Arena.ofConfined()) {
            QuantizedTensor tensor = quantize(FourBitFormat.NF4, 64, false, arena, 2, -2, 0);
            assertThat(tensor.packed().toArray(ValueLayout.JAVA_BYTE)).containsExactly(0xF0, 0x77);
            assertThat(dequantize(tensor)).containsExactly(2, -2, 0);
        }
    }

    @Test
    void blocksOfZerosStayZeroWithEachFormat() {
        for (FourBitFormat format : FourBitFormat.values()) {
            for (boolean doubleQuant : new boolean[] {false, true}) {
                try (Arena arena = Arena.ofConfined()) {
                    for (float value : dequantize(quantize(format, 64, doubleQuant, arena, new float[65]))) {
                        assertThat(Math.abs(value)).isEqualTo(0f); // -0 is fine
                    }
                }
            }
        }
    }

    @Test
    void anEmptyTensorIsFine() {
        try (Arena arena = Arena.ofConfined()) {
            assertThat(dequantize(quantize(FourBitFormat.FP4, 64, true, arena))).isEmpty();
        }
    }

    @Test
    void extremesNeitherOverflowNorTurnIntoNaN() {
        try (Arena arena = Arena.ofConfined()) {
            float[] large = dequantize(quantize(FourBitFormat.NF4, 64, true, arena, Float.MAX_VALUE, -Float.MAX_VALUE));
            assertThat(large[0]).isEqualTo(Float.MAX_VALUE);
            float[] full = new float[64];
            full[0] = Float.MIN_VALUE;
            assertThat(dequantize(quantize(FourBitFormat.NF4, 64, false, arena, full)))
                    .containsOnly(0f);
        }
    }

    /** As the plain backend of bitsandbytes 0.50.2 does: 1e-38 in a short last block, 0 in a full one. */
    @Test
    void theScaleOfZerosIsThatOfBitsandbytes() {
        try (Arena arena = Arena.ofConfined()) {
            Absmax.Plain absmax = (Absmax.Plain)
                    quantize(FourBitFormat.NF4, 64, false, arena, new float[65]).absmax();
            assertThat(absmax.values().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED))
                    .containsExactly(0f, 1e-38f);
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void namesFileAndTensorOfAValueThatIsNoNumber(float bad) {
        float[] values = new float[130];
        values[129] = bad;
        try (Arena arena = Arena.ofConfined()) {
            assertThatExceptionOfType(BadInputException.class)
                    .isThrownBy(() -> quantize(FourBitFormat.NF4, 64, false, arena, values))
                    .withMessageContaining("w.safetensors, tensor w");
        }
    }

    @Test
    void refusesPartsThatDoNotFitTheShape() {
        MemorySegment bytes = MemorySegment.ofArray(new byte[8]);
        Absmax one = new Absmax.Plain(bytes.asSlice(0, 4));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new QuantizedTensor("w", FourBitFormat.NF4, 64, DType.F32, Shape.of(18), bytes, one));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new QuantizedTensor(
                        "w", FourBitFormat.NF4, 64, DType.F32, Shape.of(16), bytes, new Absmax.Plain(bytes)));
    }

    @Test
    void theMeanOfManyScalesIsExactToTheLastBits() {
        float[] scales = new float[1_000_003];
        Arrays.fill(scales, 0.1f);
        assertThat(DoubleQuantization.mean(MemorySegment.ofArray(scales), scales.length))
                .isEqualTo(0.1f);
        assertThat(DoubleQuantization.mean(MemorySegment.ofArray(scales), 0)).isZero();
    }

    @Test
    void aLargeTensorIsQuantizedAsItsBlocksAreOneByOne() {
        int n = (1 << 19) + 129;
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) Math.sin(i * 0.37) * (1 + i % 1000);
        }
        try (Arena arena = Arena.ofShared()) {
            QuantizedTensor whole = quantize(FourBitFormat.NF4, 64, false, arena, values);
            byte[] packed = whole.packed().toArray(ValueLayout.JAVA_BYTE);
            float[] scale = new float[1];
            for (int from = 0; from < n; from += 64) {
                float[] block = Arrays.copyOfRange(values, from, Math.min(n, from + 64));
                QuantizedTensor part = quantize(FourBitFormat.NF4, 64, false, arena, block);
                assertThat(Arrays.copyOfRange(packed, from / 2, from / 2 + (block.length + 1) / 2))
                        .isEqualTo(part.packed().toArray(ValueLayout.JAVA_BYTE));
                whole.absmax().read(from / 64, scale, 1);
                float expected = scale[0];
                part.absmax().read(0, scale, 1);
                assertThat(scale[0]).isEqualTo(expected);
            }
        }
    }

    @Test
    void namesTheTensorOfANanThatAnotherThreadFinds() {
        float[] values = new float[1 << 20];
        values[700_000] = Float.NaN;
        try (Arena arena = Arena.ofShared()) {
            assertThatExceptionOfType(BadInputException.class)
                    .isThrownBy(() -> quantize(FourBitFormat.FP4, 64, true, arena, values))
                    .withMessageContaining("tensor w");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"BF16", "F16"})
    void elementsAreRoundedToTheTypeThatTheTensorHad(DType dtype) {
        try (Arena arena = Arena.ofConfined()) {
            QuantizedTensor f32 = quantize(FourBitFormat.NF4, 32, true, arena, 0.1f, -0.37f, 0.7f, 1.9f, 0, -3.3f);
            float[] expected = dequantize(f32);
            HalfFloats.round(dtype, expected, 0, expected.length);
            assertThat(dequantize(f32.as(dtype))).isEqualTo(expected).isNotEqualTo(dequantize(f32));
        }
    }
}
