package dev.errata.model.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.errata.tensor.DType;
import dev.errata.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsWriterTest {
    private static final SafetensorsWriter.Plan BYTES = new SafetensorsWriter.Plan("b", DType.U8, Shape.of(3));
    private static final SafetensorsWriter.Plan FLOATS = new SafetensorsWriter.Plan("f", DType.F32, Shape.of(2));

    @TempDir
    Path folder;

    @Test
    void takesATensorInPiecesAndWideTypesFirst() {
        Path path = folder.resolve("deep/er/x.safetensors");
        try (SafetensorsWriter writer = SafetensorsWriter.create(path, Map.of(), List.of(BYTES, FLOATS))) {
            assertThat(writer.order()).containsExactly(FLOATS, BYTES);
            MemorySegment floats = MemorySegment.ofArray(new byte[] {0, 0, -128, 63, 0, 0, 0, 64});
            writer.write("f", floats.asSlice(0, 5));
            writer.write("f", floats.asSlice(5));
            writer.write("b", MemorySegment.ofArray(new byte[] {7, 8, 9}));
            assertThat(path).doesNotExist();
            writer.commit();
        }
        try (Arena arena = Arena.ofConfined()) {
            Map<String, TensorEntry> entries = SafetensorsFile.open(path, arena).entries();
            assertThat(entries.get("f").data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED))
                    .containsExactly(1f, 2f);
            assertThat(entries.get("b").data().toArray(ValueLayout.JAVA_BYTE)).containsExactly(7, 8, 9);
        }
    }

    @Test
    void takesPiecesOfTensorsInAnyOrder() {
        Path path = folder.resolve("x.safetensors");
        try (SafetensorsWriter writer = SafetensorsWriter.create(path, Map.of(), List.of(BYTES, FLOATS))) {
            MemorySegment floats = MemorySegment.ofArray(new byte[] {0, 0, -128, 63, 0, 0, 0, 64});
            writer.write("b", MemorySegment.ofArray(new byte[] {7, 8}));
            writer.write("f", floats.asSlice(0, 5));
            writer.write("b", MemorySegment.ofArray(new byte[] {9}));
            writer.write("f", floats.asSlice(5));
            writer.commit();
        }
        try (Arena arena = Arena.ofConfined()) {
            Map<String, TensorEntry> entries = SafetensorsFile.open(path, arena).entries();
            assertThat(entries.get("f").toFloats()).containsExactly(1f, 2f);
            assertThat(entries.get("b").data().toArray(ValueLayout.JAVA_BYTE)).containsExactly(7, 8, 9);
        }
    }

    @Test
    void givesNoNameToAFileThatLacksBytes() {
        Path path = folder.resolve("x.safetensors");
        try (SafetensorsWriter writer = SafetensorsWriter.create(path, Map.of(), List.of(BYTES))) {
            writer.write("b", MemorySegment.ofArray(new byte[2]));
            assertThatIllegalStateException().isThrownBy(writer::commit);
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void refusesMoreBytesAnUnknownTensorAndANameTwice() {
        Path path = folder.resolve("x.safetensors");
        try (SafetensorsWriter writer = SafetensorsWriter.create(path, Map.of(), List.of(BYTES, FLOATS))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> writer.write("c", MemorySegment.ofArray(new byte[3])));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> writer.write("f", MemorySegment.ofArray(new byte[9])));
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SafetensorsWriter.create(path, Map.of(), List.of(BYTES, BYTES)));
        assertThat(folder).isEmptyDirectory();
    }
}
