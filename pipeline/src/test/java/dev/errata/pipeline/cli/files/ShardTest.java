package dev.errata.pipeline.cli.files;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.model.file.SafetensorsWriter;
import dev.errata.tensor.DType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ShardTest {
    private final Map<String, long[]> tensors = new LinkedHashMap<>();

    @Test
    void tensorsStayInOrderAndNoFileIsLargerThanAllowedUnlessOneTensorIs() {
        tensors.put("a", new long[] {10});
        tensors.put("b", new long[] {15});
        tensors.put("c", new long[] {1});
        tensors.put("huge", new long[] {1000});
        tensors.put("d", new long[] {0});
        List<Shard> shards = Shard.divide(tensors, DType.F32, 100);
        assertThat(shards.stream()
                        .map(shard -> shard.tensors().stream()
                                .map(SafetensorsWriter.Plan::name)
                                .toList()))
                .containsExactly(List.of("a", "b"), List.of("c"), List.of("huge"), List.of("d"));
        assertThat(shards.stream().map(Shard::bytes)).containsExactly(100L, 4L, 4000L, 0L);
    }

    @Test
    void theIndexNamesTheFileOfEachTensor() {
        tensors.put("a", new long[] {2, 3});
        tensors.put("b", new long[] {5});
        List<Shard> shards = Shard.divide(tensors, DType.BF16, 12);
        assertThat(Shard.index(shards).replaceAll("\\s", ""))
                .isEqualTo("{\"metadata\":{\"total_size\":22},\"weight_map\":"
                        + "{\"a\":\"model-00001-of-00002.safetensors\",\"b\":\"model-00002-of-00002.safetensors\"}}");
        assertThat(Shard.fileName(0, 1)).isEqualTo("model.safetensors");
    }
}
