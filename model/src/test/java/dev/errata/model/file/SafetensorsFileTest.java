package dev.errata.model.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.errata.quant.LittleEndian;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.DType;
import dev.errata.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SafetensorsFileTest {
    private static final String A = "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}";

    @TempDir
    Path folder;

    @Test
    void readsBackWhatWasWritten() {
        Path path = folder.resolve("x.safetensors");
        MemorySegment odd = MemorySegment.ofArray(new byte[] {1, 2, 3});
        MemorySegment floats = MemorySegment.ofArray(new float[] {1.5f, -2f});
        SafetensorsWriter.write(
                path,
                Map.of("format", "pt"),
                List.of(
                        new TensorEntry("odd", DType.U8, Shape.of(3), odd),
                        new TensorEntry("x", DType.F32, Shape.of(2, 1), floats),
                        new TensorEntry("empty", DType.F16, Shape.of(0, 7), MemorySegment.ofArray(new byte[0])),
                        new TensorEntry("scalar", DType.F32, Shape.of(), floats.asSlice(4))));
        try (Arena arena = Arena.ofConfined()) {
            SafetensorsFile file = SafetensorsFile.open(path, arena);
            assertThat(file.metadata()).containsExactly(Map.entry("format", "pt"));
            assertThat(file.entries().keySet()).containsExactlyInAnyOrder("odd", "x", "empty", "scalar");
            TensorEntry x = file.entries().get("x");
            assertThat(x.shape()).isEqualTo(Shape.of(2, 1));
            assertThat(x.data().toArray(LittleEndian.F32)).containsExactly(1.5f, -2f);
            assertThat(x.data().address() % Float.BYTES).isZero();
            assertThat(file.entries().get("scalar").shape().elements()).isEqualTo(1);
            assertThat(file.entries().get("odd").data().mismatch(odd)).isEqualTo(-1);
        }
        assertThat(folder).isDirectoryNotContaining("glob:**.partial");
    }

    @Test
    void acceptsAFileWithoutTensors() {
        Path path = RawSafetensors.write(folder.resolve("none"), RawSafetensors.bytes("{}", 0));
        try (Arena arena = Arena.ofConfined()) {
            assertThat(SafetensorsFile.open(path, arena).entries()).isEmpty();
        }
    }

    static Stream<Arguments> brokenFiles() {
        byte[] good = RawSafetensors.bytes("{" + A + "}", 8);
        byte[] huge = good.clone();
        MemorySegment.ofArray(huge).set(LittleEndian.I64, 0, 1L << 60);
        byte[] negative = good.clone();
        MemorySegment.ofArray(negative).set(LittleEndian.I64, 0, -1L);
        byte[] notUtf8 = RawSafetensors.bytes("{" + A.replace("a", "ä") + "}", 8);
        notUtf8[11] = (byte) 0xFF;
        return Stream.of(
                Arguments.of("empty file", new byte[0]),
                Arguments.of("four bytes", Arrays.copyOf(good, 4)),
                Arguments.of("ends within the header", Arrays.copyOf(good, 20)),
                Arguments.of("data cut off", Arrays.copyOf(good, good.length - 1)),
                Arguments.of("bytes left over", Arrays.copyOf(good, good.length + 1)),
                Arguments.of("huge header", huge),
                Arguments.of("negative header", negative),
                Arguments.of("header of length 0", RawSafetensors.bytes("", 8)),
                Arguments.of("not JSON", RawSafetensors.bytes("xxxxxxxx", 8)),
                Arguments.of("half JSON", RawSafetensors.bytes("{" + A, 8)),
                Arguments.of("array", RawSafetensors.bytes("[]", 0)),
                Arguments.of("goes on", RawSafetensors.bytes("{" + A + "} {}", 8)),
                Arguments.of("not UTF-8", notUtf8),
                Arguments.of("UTF-16", RawSafetensors.bytes(utf16("{" + A + "}"), 8)),
                Arguments.of("duplicate name", RawSafetensors.bytes("{" + A + "," + A + "}", 8)),
                broken("unknown dtype", "F32", "F7"),
                broken("dtype is a number", "\"F32\"", "7"),
                broken("unknown key", "\"shape\"", "\"shape\":[2],\"shapes\""),
                broken("no shape", "\"shape\":[2],", ""),
                broken("negative shape", "[2]", "[-2]"),
                broken("fraction in shape", "[2]", "[2.0]"),
                broken("shape is a number", "[2]", "2"),
                broken("another shape", "[2]", "[3]"),
                broken("shape overflows", "[2]", "[1152921504606846976,1024]"),
                broken("bytes overflow", "[2]", "[4611686018427387904]"),
                broken("shape beyond long", "[2]", "[99999999999999999999]"),
                broken("negative offset", "[0,8]", "[-8,0]"),
                broken("offsets backwards", "[0,8]", "[8,0]"),
                broken("offsets beyond", "[0,8]", "[1152921504606846976,1152921504606846984]"),
                broken("gap at the start", "[0,8]", "[1,9]"),
                broken("three offsets", "[0,8]", "[0,8,8]"),
                Arguments.of("overlap", RawSafetensors.bytes("{" + A + "," + A.replace("a\":{", "b\":{") + "}", 8)),
                Arguments.of(
                        "gap",
                        RawSafetensors.bytes(
                                "{" + A + "," + A.replace("\"a\"", "\"b\"").replace("[0,8]", "[9,17]") + "}", 17)),
                Arguments.of("deep nesting", RawSafetensors.bytes("{\"a\":" + "[".repeat(100_000), 8)),
                Arguments.of("metadata no texts", RawSafetensors.bytes("{\"__metadata__\":{\"a\":1}," + A + "}", 8)));
    }

    private static Arguments broken(String name, String part, String by) {
        return Arguments.of(name, RawSafetensors.bytes("{" + A.replace(part, by) + "}", 8));
    }

    private static String utf16(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_16LE), StandardCharsets.ISO_8859_1);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("brokenFiles")
    void refusesABrokenFileInOneSentenceThatNamesIt(String name, byte[] bytes) {
        Path path = RawSafetensors.write(folder.resolve("broken.safetensors"), bytes);
        try (Arena arena = Arena.ofConfined()) {
            assertThatExceptionOfType(BadInputException.class)
                    .isThrownBy(() -> SafetensorsFile.open(path, arena))
                    .satisfies(e -> {
                        assertThat(e.where()).contains(path.toString());
                        assertThat(e.what()).isNotBlank().doesNotContain(":").doesNotContain("\n");
                        assertThat(e.remedy()).isNotBlank();
                    });
        }
    }

    @Test
    void namesAMissingFileAndAFolder() {
        try (Arena arena = Arena.ofConfined()) {
            assertThatExceptionOfType(BadInputException.class)
                    .isThrownBy(() -> SafetensorsFile.open(folder.resolve("nowhere"), arena))
                    .withMessageContaining("nowhere");
            assertThatExceptionOfType(BadInputException.class)
                    .isThrownBy(() -> SafetensorsFile.open(folder, arena))
                    .withMessageContaining(folder.toString());
        }
    }

    @Test
    void whatIsWrittenByTheFormatsOwnLibraryIsRead() {
        Path path = SharedData.require("oracle/models/llama2-mha/model.safetensors");
        try (Arena arena = Arena.ofConfined()) {
            assertThat(SafetensorsFile.open(path, arena).entries()).containsKey("model.embed_tokens.weight");
        }
    }
}
