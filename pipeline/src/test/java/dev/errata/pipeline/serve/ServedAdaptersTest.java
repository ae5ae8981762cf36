package dev.errata.pipeline.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.model.adapter.LoraAdapter;
import dev.errata.model.adapter.LoraSpec;
import dev.errata.model.decoder.Precision;
import dev.errata.pipeline.engine.Hardware;
import dev.errata.pipeline.engine.OpenModel;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Adapters that requests choose by name. */
@Timeout(120)
class ServedAdaptersTest {
    @TempDir
    private Path folder;

    /** A LoRA adapter whose tensors were moved by some number. */
    private Path adapter(String name, float shift) {
        Path target = folder.resolve(name);
        try (OpenModel model = OpenModel.open(RunningServer.MODEL, null, Precision.F32, null, new Hardware(1, null));
                Scope scope = new Scope("adapter", model.decoder().backend())) {
            Backend backend = model.decoder().backend();
            LoraSpec spec = LoraSpec.plain("model", 2, 4, 0, List.of("q_proj", "down_proj"), "test");
            LoraAdapter lora = LoraAdapter.create(model.decoder(), spec, 1, scope);
            for (Tensor tensor : lora.tensors().values()) {
                float[] values = new float[Math.toIntExact(tensor.elements())];
                backend.download(tensor, MemorySegment.ofArray(values));
                for (int i = 0; i < values.length; i++) {
                    values[i] += shift * (float) StrictMath.sin(i);
                }
                backend.upload(MemorySegment.ofArray(values), tensor);
            }
            lora.save(target, model.decoder());
        }
        return target;
    }

    @Test
    void requestsForSeveralAtOnceGetWhatTheyGetAlone() {
        Map<String, Path> adapters = new LinkedHashMap<>();
        adapters.put("one", adapter("one", 0.3f));
        adapters.put("two", adapter("two", -0.4f));
        String body = "{'model': '%s', 'prompt': 'Tom has 3 apples.', 'temperature': 0, 'max_tokens': 24}";
        try (RunningServer server = RunningServer.with(adapters)) {
            List<String> names = List.of(RunningServer.NAME, "one", "two");
            assertThat(server.get("/v1/models").json().get("data").findValuesAsText("id"))
                    .isEqualTo(names);
            List<String> alone = names.stream()
                    .map(name -> server.complete(body.formatted(name)).text())
                    .toList();
            assertThat(alone).doesNotHaveDuplicates();
            List<CompletableFuture<String>> together = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                String name = names.get(i % 3);
                together.add(CompletableFuture.supplyAsync(
                        () -> server.complete(body.formatted(name)).text()));
            }
            for (int i = 0; i < 12; i++) {
                assertThat(together.get(i).join()).isEqualTo(alone.get(i % 3));
            }
        }
    }
}
