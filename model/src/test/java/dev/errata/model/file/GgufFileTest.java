package dev.errata.model.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.errata.quant.LittleEndian;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.Shape;
import dev.errata.tensor.ggml.GgmlBlocks;
import dev.errata.tensor.ggml.GgmlType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class GgufFileTest {
    private static final long HUGE = 1L << 60;

    @TempDir
    Path folder;

    /** Two tensors under an alignment of 64: F32 [2, 3] and one block of Q8_0. */
    private static byte[] good(int version) {
        return GgufBytes.head(version, 2, 3)
                .key("general.architecture", 8)
                .string("llama")
                .key("general.alignment", 4)
                .i32(64)
                .key("tokens", 9)
                .i32(8)
                .i64(2)
                .string("<s>")
                .string("é")
                .tensor("a.weight", 0, 0, 3, 2)
                .tensor("b.weight", 8, 64, 32)
                .align(64)
                .f32(1)
                .f32(2)
                .f32(3)
                .f32(4)
                .f32(5)
                .f32(6)
                .align(64)
                .i16(0x3C00)
                .i8(5)
                .zeros(31)
                .toArray();
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void readsKeysAndTensors(int version) throws IOException {
        Path path = Files.write(folder.resolve("x.gguf"), good(version));
        try (Arena arena = Arena.ofConfined()) {
            GgufFile file = GgufFile.open(path, arena);
            assertThat(file.metadata().string("general.architecture")).contains("llama");
            assertThat(file.metadata().integer("general.alignment")).contains(64L);
            assertThat(file.metadata().strings("tokens").orElseThrow()).containsExactly("<s>", "é");
            assertThat(file.metadata().floats("nowhere")).isEmpty();
            assertThat(file.tensors().keySet()).containsExactly("a.weight", "b.weight");
            GgufTensor a = file.tensors().get("a.weight");
            assertThat(a.shape()).isEqualTo(Shape.of(2, 3));
            assertThat(a.data().toArray(LittleEndian.F32)).containsExactly(1, 2, 3, 4, 5, 6);
            GgufTensor b = file.tensors().get("b.weight");
            assertThat(b.type()).isEqualTo(GgmlType.Q8_0);
            float[] decoded = new float[32];
            GgmlBlocks.decode(b.type(), b.data(), 0, 1, decoded, 0);
            assertThat(decoded).startsWith(5, 0).hasSize(32);
        }
    }

    @Test
    void readsEveryTypeOfValue() throws IOException {
        byte[] bytes = GgufBytes.head(3, 0, 19)
                .key("u8", 0)
                .i8(200)
                .key("i8", 1)
                .i8(-3)
                .key("u16", 2)
                .i16(60000)
                .key("i16", 3)
                .i16(-4)
                .key("u32", 4)
                .i32(-1)
                .key("i32", 5)
                .i32(-5)
                .key("f32", 6)
                .f32(1.5f)
                .key("bool", 7)
                .i8(1)
                .key("u64", 10)
                .i64(7)
                .key("i64", 11)
                .i64(-7)
                .key("f64", 12)
                .i64(Double.doubleToLongBits(2.5))
                .key("bytes", 9)
                .i32(0)
                .i64(2)
                .i8(1)
                .i8(255)
                .key("u16s", 9)
                .i32(2)
                .i64(1)
                .i16(60000)
                .key("u32s", 9)
                .i32(4)
                .i64(1)
                .i32(-1)
                .key("i32s", 9)
                .i32(5)
                .i64(2)
                .i32(1)
                .i32(-1)
                .key("f32s", 9)
                .i32(6)
                .i64(1)
                .f32(0.5f)
                .key("bools", 9)
                .i32(7)
                .i64(2)
                .i8(0)
                .i8(1)
                .key("i64s", 9)
                .i32(11)
                .i64(1)
                .i64(9)
                .key("none", 9)
                .i32(6)
                .i64(0)
                .toArray();
        Path path = Files.write(folder.resolve("x.gguf"), bytes);
        try (Arena arena = Arena.ofConfined()) {
            GgufMetadata keys = GgufFile.open(path, arena).metadata();
            assertThat(keys.values())
                    .containsEntry("u8", 200)
                    .containsEntry("i8", -3)
                    .containsEntry("u16", 60000);
            assertThat(keys.values()).containsEntry("i16", -4).containsEntry("u32", 4294967295L);
            assertThat(keys.values())
                    .containsEntry("i32", -5)
                    .containsEntry("f32", 1.5f)
                    .containsEntry("bool", true);
            assertThat(keys.values())
                    .containsEntry("u64", 7L)
                    .containsEntry("i64", -7L)
                    .containsEntry("f64", 2.5);
            assertThat(keys.values().get("bytes")).isEqualTo(new byte[] {1, -1});
            assertThat(keys.ints("u16s").orElseThrow()).containsExactly(60000);
            assertThat(keys.values().get("u32s")).isEqualTo(new long[] {4294967295L});
            assertThat(keys.ints("i32s").orElseThrow()).containsExactly(1, -1);
            assertThat(keys.floats("f32s").orElseThrow()).containsExactly(0.5f);
            assertThat(keys.values().get("bools")).isEqualTo(new boolean[] {false, true});
            assertThat(keys.values().get("i64s")).isEqualTo(new long[] {9});
            assertThat(keys.floats("none").orElseThrow()).isEmpty();
            assertThat(keys.number("f32")).contains(1.5);
            assertThatExceptionOfType(BadInputException.class)
                    .isThrownBy(() -> keys.integer("f32"))
                    .withMessageContaining("key f32");
            assertThatExceptionOfType(BadInputException.class)
                    .isThrownBy(() -> keys.string("u8"))
                    .withMessageContaining("key u8");
        }
    }

    static Stream<Arguments> brokenFiles() {
        byte[] good = good(3);
        return Stream.of(
                Arguments.of("empty file", new byte[0]),
                Arguments.of("ends in the counts", Arrays.copyOf(good, 12)),
                Arguments.of("ends in the keys", Arrays.copyOf(good, 70)),
                Arguments.of("ends in the tensors", Arrays.copyOf(good, 160)),
                Arguments.of("ends before the data", Arrays.copyOf(good, 250)),
                Arguments.of("ends in the data", Arrays.copyOf(good, good.length - 1)),
                Arguments.of("wrong magic", GgufBytes.with(good, 0, 0x358554747L)),
                Arguments.of("version 1", good(1)),
                Arguments.of("version 99", good(99)),
                Arguments.of("big-endian", good(Integer.reverseBytes(3))),
                Arguments.of("huge tensor count", GgufBytes.with(good, 8, HUGE)),
                Arguments.of("negative tensor count", GgufBytes.with(good, 8, -1)),
                Arguments.of("huge key count", GgufBytes.with(good, 16, HUGE)),
                Arguments.of("huge string", GgufBytes.with(good, 24, HUGE)),
                Arguments.of("string past the end", GgufBytes.with(good, 24, good.length)),
                broken("huge array", GgufBytes.head(3, 0, 1).key("a", 9).i32(6).i64(HUGE)),
                broken(
                        "huge text array",
                        GgufBytes.head(3, 0, 1).key("a", 9).i32(8).i64(HUGE)),
                broken(
                        "array of arrays",
                        GgufBytes.head(3, 0, 1).key("a", 9).i32(9).i64(0)),
                broken(
                        "unknown value type",
                        GgufBytes.head(3, 0, 1).key("a", 13).i64(0)),
                broken("boolean 2", GgufBytes.head(3, 0, 1).key("a", 7).i8(2)),
                broken(
                        "key twice",
                        GgufBytes.head(3, 0, 2).key("a", 0).i8(2).key("a", 0).i8(2)),
                broken("alignment 0", aligned(0)),
                broken("alignment 48", aligned(48)),
                broken(
                        "alignment is text",
                        GgufBytes.head(3, 0, 1).key("general.alignment", 8).string("32")),
                tensor("huge dimension", 0, 0, HUGE, 2),
                tensor("dimensions overflow", 0, 0, HUGE, HUGE),
                tensor("negative dimension", 0, 0, -32, 2),
                tensor("five dimensions", 0, 0, 1, 1, 1, 1, 1),
                tensor("beyond the data", 0, 0, 33, 1),
                tensor("offset beyond the data", 0, 1L << 40, 8),
                tensor("negative offset", 0, -32, 8),
                tensor("offset not aligned", 0, 4, 8),
                tensor("row of half a block", 8, 0, 16, 2),
                tensor("unknown type", 16, 0, 256),
                tensor("type of no name", 1000, 0, 32),
                broken(
                        "tensor twice",
                        data(GgufBytes.head(3, 2, 0).tensor("t", 0, 0, 8).tensor("t", 0, 32, 8))),
                broken(
                        "tensors overlap",
                        data(GgufBytes.head(3, 2, 0).tensor("t", 0, 0, 16).tensor("u", 0, 32, 8))));
    }

    private static Arguments broken(String name, GgufBytes bytes) {
        return Arguments.of(name, bytes.toArray());
    }

    private static GgufBytes aligned(int alignment) {
        return GgufBytes.head(3, 0, 1).key("general.alignment", 4).i32(alignment);
    }

    private static Arguments tensor(String name, int type, long offset, long... dims) {
        return broken(name, data(GgufBytes.head(3, 1, 0).tensor("t", type, offset, dims)));
    }

    private static GgufBytes data(GgufBytes head) {
        return head.align(32).zeros(128);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("brokenFiles")
    void refusesABrokenFileInOneSentenceThatNamesIt(String name, byte[] bytes) throws IOException {
        Path path = Files.write(folder.resolve("broken.gguf"), bytes);
        try (Arena arena = Arena.ofConfined()) {
            assertThatExceptionOfType(BadInputException.class)
                    .isThrownBy(() -> GgufFile.open(path, arena))
                    .satisfies(e -> {
                        assertThat(e.where()).contains(path.toString());
                        assertThat(e.what()).isNotBlank().doesNotContain(":").doesNotContain("\n");
                        assertThat(e.remedy()).isNotBlank();
                    });
        }
    }

    @Test
    void everyPrefixOfAFileIsRefused() throws IOException {
        byte[] good = good(3);
        for (int length = 0; length < good.length; length++) {
            Path path = Files.write(folder.resolve("cut.gguf"), Arrays.copyOf(good, length));
            try (Arena arena = Arena.ofConfined()) {
                assertThatExceptionOfType(BadInputException.class).isThrownBy(() -> GgufFile.open(path, arena));
            }
        }
    }

    @Test
    void namesTheTypeThatIsNotSupported() throws IOException {
        byte[] bytes = data(GgufBytes.head(3, 1, 0).tensor("t", 16, 0, 256)).toArray();
        Path path = Files.write(folder.resolve("x.gguf"), bytes);
        try (Arena arena = Arena.ofConfined()) {
            assertThatExceptionOfType(BadInputException.class)
                    .isThrownBy(() -> GgufFile.open(path, arena))
                    .withMessageContaining("IQ2_XXS")
                    .withMessageContaining("tensor t");
        }
    }

    /** Figures from the Python package gguf. */
    @Test
    void readsARealModel() {
        Path path = SharedData.require("models/SmolLM2-135M-Instruct.Q4_1.gguf");
        try (Arena arena = Arena.ofConfined()) {
            GgufFile file = GgufFile.open(path, arena);
            assertThat(file.tensors()).hasSize(272);
            assertThat(file.metadata().strings("tokenizer.ggml.tokens").orElseThrow())
                    .hasSize(49152);
            GgufTensor down = file.tensors().get("blk.0.ffn_down.weight");
            assertThat(down.type()).isEqualTo(GgmlType.Q4_1);
            assertThat(down.shape()).isEqualTo(Shape.of(576, 1536));
            float[] values = new float[(int) down.shape().elements()];
            GgmlBlocks.decode(down.type(), down.data(), 0, values.length / 32, values, 0);
            double sum = 0;
            for (float value : values) {
                sum += value;
            }
            assertThat(sum).isCloseTo(150.635773, within(1e-5));
        }
    }
}
