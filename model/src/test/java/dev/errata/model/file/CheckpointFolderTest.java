package dev.errata.model.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.errata.tensor.BadInputException;
import dev.errata.tensor.DType;
import dev.errata.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CheckpointFolderTest {
    private static final String INDEX =
            "{\"metadata\":{\"total_size\":8},\"weight_map\":{\"b\":\"m-1.safetensors\",\"a\":\"m-2.safetensors\"}}";

    @TempDir
    Path folder;

    private void shard(String file, String... names) {
        SafetensorsWriter.write(
                folder.resolve(file),
                Map.of("format", "pt"),
                Stream.of(names)
                        .map(name -> new TensorEntry(name, DType.F32, Shape.of(1), MemorySegment.ofArray(new float[1])))
                        .toList());
    }

    private CheckpointFolder open(Arena arena) {
        return CheckpointFolder.open(folder, arena);
    }

    @Test
    void readsASingleFile() {
        shard("model.safetensors", "x", "y");
        try (Arena arena = Arena.ofConfined()) {
            assertThat(open(arena).entries().keySet()).containsExactly("x", "y");
        }
    }

    @Test
    void joinsShards() {
        shard("m-1.safetensors", "b");
        shard("m-2.safetensors", "a");
        AtomicFile.write(folder.resolve(CheckpointFolder.INDEX_FILE), INDEX);
        try (Arena arena = Arena.ofConfined()) {
            CheckpointFolder checkpoint = open(arena);
            assertThat(checkpoint.entries().keySet()).containsExactly("b", "a");
            assertThat(checkpoint.files())
                    .isEqualTo(List.of(folder.resolve("m-1.safetensors"), folder.resolve("m-2.safetensors")));
        }
    }

    @Test
    void namesAMissingShard() {
        AtomicFile.write(folder.resolve(CheckpointFolder.INDEX_FILE), INDEX);
        shard("m-1.safetensors", "b");
        refused("m-2.safetensors");
    }

    @Test
    void theFilesTellWhichTensorsThereAre() {
        AtomicFile.write(folder.resolve(CheckpointFolder.INDEX_FILE), INDEX);
        shard("m-1.safetensors", "b");
        shard("m-2.safetensors", "c");
        holds("b", "c");
        shard("m-1.safetensors", "a");
        shard("m-2.safetensors", "b");
        holds("a", "b");
        shard("m-2.safetensors", "b", "a");
        holds("a", "b");
    }

    private void holds(String... names) {
        try (Arena arena = Arena.ofConfined()) {
            assertThat(open(arena).entries().keySet()).containsExactlyInAnyOrder(names);
        }
    }

    @Test
    void refusesATensorThatTwoFilesHoldWithOtherValues() {
        AtomicFile.write(folder.resolve(CheckpointFolder.INDEX_FILE), INDEX);
        shard("m-1.safetensors", "a", "b");
        SafetensorsWriter.write(
                folder.resolve("m-2.safetensors"),
                Map.of(),
                Stream.of(new TensorEntry("a", DType.F32, Shape.of(1), MemorySegment.ofArray(new float[] {2})))
                        .toList());
        refused("tensor a");
    }

    @Test
    void namesWeightsOfAnotherForm() throws IOException {
        for (String other : List.of("pytorch_model.bin", "consolidated.00.pth", "part.safetensors", "m.gguf")) {
            Files.writeString(folder.resolve(other), "");
            refused(other);
            Files.delete(folder.resolve(other));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{",
                "[]",
                "{\"weights\":{}}",
                "{\"weight_map\":{\"a\":1}}",
                "{\"weight_map\":{\"a\":\"\"}}",
                "{\"weight_map\":{\"a\":\"..\"}}",
                "{\"weight_map\":{\"a\":\"../m\"}}",
                "{\"weight_map\":{\"a\":\"\\u0000\"}}",
                "{\"weight_map\":{\"a\":\"m\",\"a\":\"m\"}}"
            })
    void refusesABrokenIndex(String index) {
        AtomicFile.write(folder.resolve(CheckpointFolder.INDEX_FILE), index);
        refused(CheckpointFolder.INDEX_FILE);
    }

    @Test
    void namesAFolderWithoutWeightsAndAMissingOne() {
        refused(folder.toString());
        try (Arena arena = Arena.ofConfined()) {
            assertThatExceptionOfType(BadInputException.class)
                    .isThrownBy(() -> CheckpointFolder.open(folder.resolve("nowhere"), arena))
                    .withMessageContaining("nowhere");
        }
    }

    @Test
    void readsTheRecordedShards() {
        Path model = SharedData.require("oracle/models/llama3-gqa-sharded");
        try (Arena arena = Arena.ofConfined()) {
            assertThat(CheckpointFolder.open(model, arena).files()).hasSizeGreaterThan(1);
        }
    }

    private void refused(String named) {
        try (Arena arena = Arena.ofConfined()) {
            assertThatExceptionOfType(BadInputException.class)
                    .isThrownBy(() -> open(arena))
                    .satisfies(e -> assertThat(e.where()).contains(named));
        }
    }
}
