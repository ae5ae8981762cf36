package dev.errata.quant.ggml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.errata.quant.LittleEndian;
import dev.errata.tensor.ggml.GgmlBlocks;
import dev.errata.tensor.ggml.GgmlType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GgmlEncoderTest {
    private static final Path FOLDER = Path.of("src", "test", "resources", "ggml");

    private static byte[] encode(GgmlType type, float[] values) {
        byte[] blocks = new byte[values.length / type.blockSize() * type.blockBytes()];
        GgmlEncoder.encode(
                type,
                MemorySegment.ofArray(values),
                0,
                values.length / type.blockSize(),
                MemorySegment.ofArray(blocks),
                0);
        return blocks;
    }

    private static float[] block(float... first) {
        return Arrays.copyOf(first, 32);
    }

    /**
     * 48 rows of 32 values and what the Python package gguf's {@code quants.quantize} makes of them: random ones of many
     * magnitudes, zeros, subnormals, ties, huge values, infinities, and NaN with payloads.
     */
    @ParameterizedTest
    @EnumSource(
            value = GgmlType.class,
            names = {"F16", "BF16", "Q8_0", "Q4_0"})
    void writesTheBytesOfThePythonPackage(GgmlType type) throws IOException {
        float[] values = MemorySegment.ofArray(Files.readAllBytes(FOLDER.resolve("encode.f32")))
                .toArray(LittleEndian.F32);
        assertThat(encode(type, values)).isEqualTo(Files.readAllBytes(FOLDER.resolve("encode." + type)));
    }

    @Test
    void roundsHalvesOfQ8x0AwayFromZero() {
        byte[] block = encode(GgmlType.Q8_0, block(127, 0.5f, -0.5f, 1.5f, -2.5f, 0.49f));
        assertThat(Arrays.copyOfRange(block, 2, 8)).containsExactly(127, 1, -1, 2, -3, 0);
    }

    @Test
    void givesTheExtremeOfQ4x0TheLowestLevelWhateverItsSign() {
        byte[] block = encode(GgmlType.Q4_0, block(8, -8, 1));
        assertThat(block[2] & 15).isZero();
        assertThat(block[3] & 15).isEqualTo(15);
        assertThat(block[4] & 15).isEqualTo(7);
    }

    @Test
    void keepsBlocksOfZerosZero() {
        for (GgmlType type : GgmlEncoder.TYPES) {
            byte[] blocks = encode(type, new float[64]);
            float[] back = new float[64];
            GgmlBlocks.decode(type, MemorySegment.ofArray(blocks), 0, 64 / type.blockSize(), back, 0);
            for (float value : back) {
                assertThat(value == 0).as("%s is 0 or -0", value).isTrue();
            }
        }
    }

    @Test
    void takesAndFillsARange() {
        float[] values = new float[96];
        Arrays.fill(values, 32, 64, 127f);
        byte[] bytes = new byte[40];
        GgmlEncoder.encode(GgmlType.Q8_0, MemorySegment.ofArray(values), 32, 1, MemorySegment.ofArray(bytes), 6);
        assertThat(Arrays.copyOf(bytes, 6)).containsOnly(0);
        assertThat(Arrays.copyOfRange(bytes, 8, 40)).containsOnly(127);
    }

    @Test
    void refusesATypeThatIsOnlyRead() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> encode(GgmlType.Q6_K, new float[256]))
                .withMessageContaining("Q6_K");
    }
}
