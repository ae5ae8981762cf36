package dev.errata.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.model.file.SafetensorsWriter;
import dev.errata.tensor.DType;
import dev.errata.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShardTest {
    private final List<CheckpointPart> parts = new ArrayList<>();

    /** A tensor that is never written. */
    private record Planned(SafetensorsWriter.Plan plan) implements CheckpointPart {
        @Override
        public List<SafetensorsWriter.Plan> plans() {
            return List.of(plan);
        }

        @Override
        public void write(SafetensorsWriter writer) {
            throw new UnsupportedOperationException();
        }
    }

    private void add(String name, DType dtype, long... dims) {
        parts.add(new Planned(new SafetensorsWriter.Plan(name, dtype, Shape.of(dims))));
    }

    @Test
    void tensorsStayInOrderAndNoFileIsLargerThanAllowedUnlessOneTensorIs() {
        add("a", DType.F32, 10);
        add("b", DType.F32, 15);
        add("c", DType.F32, 1);
        add("huge", DType.F32, 1000);
        add("d", DType.F32, 0);
        List<Shard> shards = Shard.divide(parts, 100);
        assertThat(shards.stream()
                        .map(shard -> shard.tensors().stream()
                                .map(SafetensorsWriter.Plan::name)
                                .toList()))
                .containsExactly(List.of("a", "b"), List.of("c"), List.of("huge"), List.of("d"));
        assertThat(shards.stream().map(Shard::bytes)).containsExactly(100L, 4L, 4000L, 0L);
    }

    @Test
    void theIndexNamesTheFileOfEachTensor() {
        add("a", DType.BF16, 2, 3);
        add("b", DType.BF16, 5);
        List<Shard> shards = Shard.divide(parts, 12);
        assertThat(Shard.index(shards).replaceAll("\\s", ""))
                .isEqualTo("{\"metadata\":{\"total_size\":22},\"weight_map\":"
                        + "{\"a\":\"model-00001-of-00002.safetensors\",\"b\":\"model-00002-of-00002.safetensors\"}}");
        assertThat(Shard.fileName(0, 1)).isEqualTo("model.safetensors");
    }
}
