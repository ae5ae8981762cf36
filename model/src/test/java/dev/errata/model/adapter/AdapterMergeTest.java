package dev.errata.model.adapter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.RecordedModel;
import dev.errata.model.decoder.Scoring;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdapterMergeTest {
    private static final int[] TEXT = {5, 9, 200, 31, 7};
    private static final Path DORA = Path.of("src", "test", "resources", "oracle", "lora", "dora");

    @TempDir
    private Path folder;

    private Backend backend;
    private Scope scope;

    @BeforeEach
    void open() {
        backend = Backends.choose("cpu", 2);
        scope = new Scope("adapter", backend);
    }

    @AfterEach
    void close() {
        scope.close();
        assertThat(backend.liveBytes()).isZero();
        backend.close();
    }

    @Test
    void givesPeftsMergedWeightsOfDora() {
        RecordedModel recorded = new RecordedModel(DORA);
        try (Decoder decoder = RecordedModel.committed("llama2-mha").load(backend);
                Arena arena = Arena.ofConfined()) {
            LoraAdapter adapter = LoraAdapter.read(DORA, decoder, scope);
            AdapterMerge merge = new AdapterMerge(decoder, adapter);
            adapter.attach(decoder);
            for (String name :
                    List.of("model.layers.0.self_attn.q_proj.weight", "model.layers.1.mlp.down_proj.weight")) {
                close(floats(merge.merged(name, arena)), recorded.floats("merged." + name), 2e-6f);
            }
            assertThat(merge.changed()).isEqualTo(2);
            assertThat(merge.deltaNorm()).isPositive().isLessThan(merge.baseNorm());
        }
    }

    /** Values of every trained tensor are moved first, so that each part of the adapter shows in the logits. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "llama2-mha | all-linear | none",
                "llama2-mha | q_proj lm_head embed_tokens | norm",
                "llama3-gqa-tied | q_proj lm_head | norm",
                "llama3-gqa-tied | q_proj embed_tokens | none",
                "llama3-gqa-tied | q_proj | embed_tokens",
                "llama3-gqa-tied | q_proj | lm_head",
                "llama2-mha | q_proj | mlp embed_tokens"
            })
    void savedAndReadOrMergedItGivesTheSameLogits(String model, String targets, String saved) {
        List<String> whole = saved.equals("none") ? List.of() : List.of(saved.split(" "));
        LoraSpec config = LoraSpec.plain("base", 3, 6, 0, List.of(targets.split(" ")), "here")
                .withDora(!targets.contains("embed_tokens"))
                .withSaved(new SavedModules(whole, "none", false));
        float[] plain;
        float[] adapted;
        try (Decoder decoder = RecordedModel.committed(model).load(backend)) {
            plain = Scoring.of(decoder, TEXT).logits();
            LoraAdapter adapter = LoraAdapter.create(decoder, config, 1, scope);
            adapter.tensors().forEach((name, tensor) -> move(name, tensor));
            adapter.attach(decoder);
            adapted = Scoring.of(decoder, TEXT).logits();
            adapter.save(folder, decoder);
        }
        assertThat(adapted).isNotEqualTo(plain);
        try (Decoder decoder = RecordedModel.committed(model).load(backend)) {
            LoraAdapter again = LoraAdapter.read(folder, decoder, scope);
            AdapterMerge merge = new AdapterMerge(decoder, again);
            again.attach(decoder);
            assertThat(Scoring.of(decoder, TEXT).logits()).isEqualTo(adapted);
            close(Scoring.of(merged(model, merge), TEXT).logits(), adapted, 2e-4f);
        } finally {
            if (mergedModel != null) {
                mergedModel.close();
            }
        }
    }

    private Decoder mergedModel;

    /** The plain model with every merged tensor in its place. */
    private Decoder merged(String model, AdapterMerge merge) {
        mergedModel = RecordedModel.committed(model).load(backend);
        try (Arena arena = Arena.ofConfined()) {
            merge.shapes()
                    .forEach((name, shape) -> mergedModel.replace(
                            name, scope.floats(name, floats(merge.merged(name, arena)), shape.toArray())));
        }
        if (mergedModel.config().tieWordEmbeddings()) {
            assertThat(merge.shapes().containsKey("lm_head.weight")).isEqualTo(merge.untiesOutput());
        }
        return mergedModel;
    }

    private void move(String name, Tensor tensor) {
        float[] values = new float[Math.toIntExact(tensor.elements())];
        backend.download(tensor, MemorySegment.ofArray(values));
        for (int i = 0; i < values.length; i++) {
            values[i] += 0.02f * (float) StrictMath.sin(i + name.length());
        }
        backend.upload(MemorySegment.ofArray(values), tensor);
    }

    private static float[] floats(MemorySegment values) {
        return values.toArray(ValueLayout.JAVA_FLOAT);
    }

    private static void close(float[] ours, float[] theirs, float tolerance) {
        assertThat(ours).hasSameSizeAs(theirs);
        for (int i = 0; i < ours.length; i++) {
            assertThat(Math.abs(ours[i] - theirs[i])).as("element %d", i).isLessThanOrEqualTo(tolerance);
        }
    }
}
