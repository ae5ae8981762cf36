package dev.errata.tensor.ggml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GgmlBlocksTest {
    private static final short ONE = 0x3C00;
    private static final short TWO = 0x4000;

    private static float[] decode(GgmlType type, byte[] blocks, int count) {
        float[] values = new float[count * type.blockSize()];
        GgmlBlocks.decode(type, MemorySegment.ofArray(blocks), 0, count, values, 0);
        return values;
    }

    private static float[] decode(GgmlType type, ByteBuffer block) {
        float[] values = new float[type.blockSize()];
        GgmlBlocks.decode(type, MemorySegment.ofBuffer(block.clear()), 0, 1, values, 0);
        return values;
    }

    private static ByteBuffer block(GgmlType type) {
        return ByteBuffer.allocate(type.blockBytes()).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Seven blocks of random bits and what the Python package gguf 0.19's {@code quants.dequantize} makes of them, to the
     * last bit. Their scales are normal, subnormal, infinite of both signs, no number, and -0.
     */
    @ParameterizedTest
    @EnumSource(
            value = GgmlType.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"F32", "F16", "BF16"})
    void decodesRandomBlocksAsThePythonPackageDoes(GgmlType type) throws IOException {
        Path folder = Path.of("src", "test", "resources", "ggml");
        byte[] blocks = Files.readAllBytes(folder.resolve(type + ".blocks"));
        float[] want = MemorySegment.ofArray(Files.readAllBytes(folder.resolve(type + ".f32")))
                .toArray(Layouts.F32);
        assertThat(decode(type, blocks, 7)).isEqualTo(want);
    }

    @Test
    void decodesPlainTypes() {
        assertThat(decode(GgmlType.F32, block(GgmlType.F32).putFloat(1.5f))).containsExactly(1.5f);
        assertThat(decode(GgmlType.F16, block(GgmlType.F16).putShort(TWO))).containsExactly(2f);
        assertThat(decode(
                        GgmlType.BF16,
                        block(GgmlType.BF16).putShort((short) 0xBF80).array(),
                        1))
                .containsExactly(-1f);
    }

    @Test
    void q4x0HoldsElementsJAndJPlus16InOneByte() {
        float[] values = decode(
                GgmlType.Q4_0,
                block(GgmlType.Q4_0).putShort(TWO).put((byte) 0xF1).array(),
                1);
        assertThat(values[0]).isEqualTo(2 * (1 - 8));
        assertThat(values[16]).isEqualTo(2 * (15 - 8));
        assertThat(values[1]).isEqualTo(2 * -8);
    }

    @Test
    void q5x0TakesItsFifthBitsFromTheWord() {
        ByteBuffer bytes =
                block(GgmlType.Q5_0).putShort(ONE).putInt(1 | 1 << 31).put((byte) 0x21);
        float[] values = decode(GgmlType.Q5_0, bytes);
        assertThat(values[0]).isEqualTo(1 + 16 - 16);
        assertThat(values[16]).isEqualTo(2 - 16);
        assertThat(values[31]).isEqualTo(16 - 16);
    }

    @Test
    void q4kReadsTheScalesOfItsLastSubBlocksFromThreePlaces() {
        ByteBuffer block = block(GgmlType.Q4_K).putShort(ONE).putShort(TWO);
        // sub-block 7: scale 0b10_0101 and minimum 0b01_0011
        block.put(4 + 3, (byte) 0b1000_0000).put(4 + 7, (byte) 0b0100_0000).put(4 + 11, (byte) 0b0011_0101);
        block.put(16 + 3 * 32, (byte) 0x60);
        float[] values = decode(GgmlType.Q4_K, block);
        assertThat(values[224]).isEqualTo(0b10_0101 * 6 - 2 * 0b01_0011);
        assertThat(values[225]).isEqualTo(-2 * 0b01_0011);
        assertThat(values[0]).isZero();
    }

    @Test
    void q6kHasSignedScales() {
        ByteBuffer block = block(GgmlType.Q6_K);
        // element 96 of the first half: high nibble of byte 32, bit pair 3, scale 6
        block.put(32, (byte) 0x50)
                .put(128, (byte) 0b1000_0000)
                .put(192 + 6, (byte) -3)
                .putShort(208, TWO);
        float[] values = decode(GgmlType.Q6_K, block);
        assertThat(values[96]).isEqualTo(2 * -3 * (5 + 32 - 32));
        assertThat(values[97]).isEqualTo(2 * -3 * -32);
    }

    @Test
    void decodesARangeOfBlocksToAnyPlace() {
        byte[] bytes = new byte[3 * GgmlType.Q8_0.blockBytes()];
        MemorySegment blocks = MemorySegment.ofArray(bytes);
        for (int b = 0; b < 3; b++) {
            blocks.set(Layouts.I16, b * 34L, ONE);
            bytes[b * 34 + 2] = (byte) (b - 5);
        }
        float[] values = new float[70];
        GgmlBlocks.decode(GgmlType.Q8_0, blocks, 1, 2, values, 3);
        assertThat(values[3]).isEqualTo(-4);
        assertThat(values[35]).isEqualTo(-3);
        assertThat(values[0]).isZero();
    }

    @Test
    void namesATypeThatIsNotSupported() {
        assertThatExceptionOfType(BadInputException.class)
                .isThrownBy(() -> GgmlType.of(16, "x.gguf, tensor t"))
                .withMessageContaining("IQ2_XXS")
                .withMessageContaining("x.gguf, tensor t");
        assertThatExceptionOfType(BadInputException.class)
                .isThrownBy(() -> GgmlType.of(-1, "x.gguf"))
                .withMessageContaining("4294967295");
        assertThat(GgmlType.of(30, "x.gguf")).isEqualTo(GgmlType.BF16);
    }
}
