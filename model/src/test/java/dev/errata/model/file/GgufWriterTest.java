package dev.errata.model.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.errata.quant.ggml.GgmlEncoder;
import dev.errata.tensor.Shape;
import dev.errata.tensor.ggml.GgmlBlocks;
import dev.errata.tensor.ggml.GgmlType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufWriterTest {
    @TempDir
    Path folder;

    @Test
    void whatIsWrittenIsReadBack() {
        Map<String, Object> keys = new LinkedHashMap<>();
        keys.put("general.architecture", "llama");
        keys.put("a.count", 4_000_000_000L);
        keys.put("a.long", 1L << 40);
        keys.put("a.signed", -3);
        keys.put("a.float", 1e-5f);
        keys.put("a.double", 0.1);
        keys.put("a.flag", true);
        keys.put("a.texts", List.of("", "▁é", "b c"));
        keys.put("a.ints", new int[] {1, -2, 3});
        keys.put("a.longs", new long[] {7, 1L << 33});
        keys.put("a.floats", new float[] {Float.NaN, -1e4f});
        keys.put("a.flags", new boolean[] {true, false});
        keys.put("a.doubles", new double[] {0.5});
        keys.put("a.bytes", new byte[] {1, -1});
        Path file = folder.resolve("m.gguf");
        try (GgufWriter writer = GgufWriter.create(file, keys, List.of())) {
            writer.commit();
        }
        try (Arena arena = Arena.ofConfined()) {
            Map<String, Object> read = GgufFile.open(file, arena).metadata().values();
            assertThat(List.copyOf(read.keySet())).isEqualTo(List.copyOf(keys.keySet()));
            read.forEach((key, value) -> assertThat(value).as(key).isEqualTo(keys.get(key)));
        }
    }

    @Test
    void tensorsOfEveryTypeKeepTheirShapesAndValues() {
        float[] values = new float[3 * 96];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.sin(i) * (i % 7);
        }
        List<GgufWriter.Plan> plans = new ArrayList<>();
        for (GgmlType type : List.of(GgmlType.F32, GgmlType.BF16, GgmlType.Q4_0, GgmlType.F16, GgmlType.Q8_0)) {
            plans.add(new GgufWriter.Plan(type + ".weight", type, Shape.of(3, 96)));
        }
        plans.add(new GgufWriter.Plan("ragged", GgmlType.F16, Shape.of(3)));
        plans.add(new GgufWriter.Plan("empty", GgmlType.F32, Shape.of(0)));
        plans.add(new GgufWriter.Plan("last", GgmlType.F32, Shape.of(1)));
        Path file = folder.resolve("m.gguf");
        try (GgufWriter writer = GgufWriter.create(file, Map.of(), plans)) {
            for (GgufWriter.Plan plan : plans) {
                MemorySegment bytes = encoded(plan, values);
                long half = bytes.byteSize() / 2;
                writer.write(plan.name(), bytes.asSlice(0, half));
                writer.write(plan.name(), bytes.asSlice(half));
            }
            writer.commit();
        }
        try (Arena arena = Arena.ofConfined()) {
            GgufFile read = GgufFile.open(file, arena);
            for (GgufWriter.Plan plan : plans) {
                GgufTensor tensor = read.tensors().get(plan.name());
                assertThat(tensor.shape()).isEqualTo(plan.shape());
                assertThat(tensor.type()).isEqualTo(plan.type());
                assertThat(tensor.data().mismatch(encoded(plan, values))).isEqualTo(-1);
            }
            float[] back = new float[values.length];
            GgmlBlocks.decode(GgmlType.F32, read.tensors().get("F32.weight").data(), 0, values.length, back, 0);
            assertThat(back).isEqualTo(values);
        }
    }

    private static MemorySegment encoded(GgufWriter.Plan plan, float[] values) {
        MemorySegment bytes = MemorySegment.ofArray(new byte[(int) plan.bytes()]);
        long blocks = plan.shape().elements() / plan.type().blockSize();
        GgmlEncoder.encode(plan.type(), MemorySegment.ofArray(values), 0, blocks, bytes, 0);
        return bytes;
    }

    @Test
    void anUnfinishedFileLeavesNothing() throws IOException {
        Path file = folder.resolve("m.gguf");
        GgufWriter.Plan plan = new GgufWriter.Plan("a", GgmlType.F32, Shape.of(2));
        try (GgufWriter writer = GgufWriter.create(file, Map.of(), List.of(plan))) {
            writer.write("a", MemorySegment.ofArray(new byte[4]));
            assertThatIllegalStateException().isThrownBy(writer::commit).withMessageContaining("tensor a");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> writer.write("b", MemorySegment.ofArray(new byte[1])));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> writer.write("a", MemorySegment.ofArray(new byte[5])));
        }
        try (var left = Files.list(folder)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void refusesWhatNoFileCanHold() {
        Path file = folder.resolve("m.gguf");
        GgufWriter.Plan plan = new GgufWriter.Plan("a", GgmlType.F32, Shape.of(2));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GgufWriter.create(file, Map.of(), List.of(plan, plan)))
                .withMessageContaining("a is taken");
        assertThatIllegalArgumentException().isThrownBy(() -> new GgufWriter.Plan("a", GgmlType.Q8_0, Shape.of(2, 33)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GgufWriter.create(file, Map.of("k", new Object()), List.of()))
                .withMessageContaining("key k");
    }
}
