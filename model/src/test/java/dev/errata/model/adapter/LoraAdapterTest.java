package dev.errata.model.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.RecordedModel;
import dev.errata.model.decoder.Scoring;
import dev.errata.model.file.SafetensorsFile;
import dev.errata.model.file.SafetensorsWriter;
import dev.errata.model.file.TensorEntry;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.DType;
import dev.errata.tensor.Philox;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Shape;
import dev.errata.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoraAdapterTest {
    private static final int[] TEXT = {5, 9, 200, 31, 7};

    @TempDir
    private Path folder;

    private Backend backend;
    private Decoder decoder;
    private Scope scope;

    @BeforeEach
    void open() {
        backend = Backends.choose("cpu", 2);
        decoder = RecordedModel.committed("llama2-mha").load(backend);
        scope = new Scope("adapter", backend);
    }

    @AfterEach
    void close() {
        scope.close();
        decoder.close();
        assertThat(backend.liveBytes()).isZero();
        backend.close();
    }

    private static LoraSpec config(int r, String... targets) {
        return LoraSpec.plain("base", r, 16, 0.1, List.of(targets), "here");
    }

    @Test
    void aNewAdapterChangesNothingUntilItIsTrained() {
        float[] before = Scoring.of(decoder, TEXT).logits();
        LoraAdapter.create(decoder, config(4, "all-linear"), 1, scope).attach(decoder);
        assertThat(Scoring.of(decoder, TEXT).logits()).isEqualTo(before);
    }

    @Test
    void aSavedAdapterIsReadBackTheSame() throws IOException {
        LoraAdapter adapter = LoraAdapter.create(decoder, config(4, "v_proj", "q_proj"), 1, scope);
        adapter.save(folder, decoder);
        LoraAdapter again = LoraAdapter.read(folder, decoder, scope);
        assertThat(again.config().targets().names()).containsExactly("q_proj", "v_proj");
        assertThat(again.tensors().keySet())
                .containsExactlyElementsOf(adapter.tensors().keySet())
                .hasSize(8);
        byte[] first = Files.readAllBytes(folder.resolve(AdapterFolder.WEIGHTS));
        again.save(folder.resolve("again"), decoder);
        assertThat(folder.resolve("again").resolve(AdapterFolder.WEIGHTS)).hasBinaryContent(first);
    }

    /** PEFT's {@code save_embedding_layers}: whole tensors that no key of the config announces. */
    private void bring(Path adapter, String name, int rows) {
        try (Arena arena = Arena.ofConfined()) {
            List<TensorEntry> entries =
                    new ArrayList<>(SafetensorsFile.open(adapter.resolve(AdapterFolder.WEIGHTS), arena)
                            .entries()
                            .values());
            float[] values = new float[rows * decoder.config().hiddenSize()];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) Philox.normal(5, 6, i);
            }
            entries.add(new TensorEntry(
                    "base_model.model." + name,
                    DType.F32,
                    Shape.of(rows, decoder.config().hiddenSize()),
                    MemorySegment.ofArray(values)));
            SafetensorsWriter.write(adapter.resolve("more.safetensors"), Map.of(), entries);
        }
        try {
            Files.move(
                    adapter.resolve("more.safetensors"),
                    adapter.resolve(AdapterFolder.WEIGHTS),
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static float[] values(Tensor tensor) {
        float[] values = new float[Math.toIntExact(tensor.elements())];
        tensor.scope().backend().download(tensor, MemorySegment.ofArray(values));
        return values;
    }

    @Test
    void savedEmbeddingsTakeThePlaceOfTheModelsAndAreSavedAgain() {
        float[] before = Scoring.of(decoder, TEXT).logits();
        LoraAdapter.create(decoder, config(2, "q_proj"), 1, scope).save(folder, decoder);
        bring(folder, "lm_head.weight", decoder.config().vocabSize());
        LoraAdapter adapter = LoraAdapter.read(folder, decoder, scope);
        assertThat(adapter.whole().kept()).containsOnlyKeys("lm_head.weight");
        adapter.save(folder.resolve("again"), decoder);
        LoraAdapter again = LoraAdapter.read(folder.resolve("again"), decoder, scope);
        float[] brought = values(adapter.whole().kept().get("lm_head.weight"));
        assertThat(values(again.whole().kept().get("lm_head.weight"))).isEqualTo(brought);
        adapter.attach(decoder);
        assertThat(Scoring.of(decoder, TEXT).logits()).isNotEqualTo(before);
    }

    @Test
    void aTiedModelStaysTiedUnderASavedEmbedding() {
        try (Decoder tied = RecordedModel.committed("llama3-gqa-tied").load(backend)) {
            decoder.close();
            decoder = tied;
            LoraAdapter.create(tied, config(2, "q_proj"), 1, scope).save(folder, tied);
            bring(folder, "model.embed_tokens.weight", tied.config().vocabSize());
            LoraAdapter adapter = LoraAdapter.read(folder, tied, scope);
            assertThat(new AdapterMerge(tied, adapter).untiesOutput()).isFalse();
            adapter.attach(tied);
            assertThat(tied.weight("lm_head.weight")).isEqualTo(tied.weight("model.embed_tokens.weight"));
        }
    }

    @Test
    void embeddingsOfAResizedVocabularyAreNamedForWhatTheyAre() {
        LoraAdapter.create(decoder, config(2, "q_proj"), 1, scope).save(folder, decoder);
        bring(folder, "model.embed_tokens.weight", decoder.config().vocabSize() + 2);
        assertThatThrownBy(() -> LoraAdapter.read(folder, decoder, scope))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("embed_tokens.weight whole")
                .hasMessageContaining("resize");
    }

    @Test
    void theSeedNamesTheFirstMatrices() throws IOException {
        for (long seed : new long[] {1, 2}) {
            LoraAdapter.create(decoder, config(2, "q_proj"), seed, scope).save(folder.resolve("seed-" + seed), decoder);
        }
        assertThat(Files.mismatch(
                        folder.resolve("seed-1").resolve(AdapterFolder.WEIGHTS),
                        folder.resolve("seed-2").resolve(AdapterFolder.WEIGHTS)))
                .isNotEqualTo(-1);
    }

    @Test
    void namesATargetThatTheModelLacks() {
        assertThatThrownBy(() -> LoraAdapter.create(decoder, config(4, "q_proj", "w_proj"), 1, scope))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("w_proj")
                .hasMessageContaining("here");
    }

    @Test
    void namesATensorThatDoesNotFitTheModel() {
        LoraAdapter.create(decoder, config(4, "down_proj"), 1, scope).save(folder, decoder);
        try (Decoder other = RecordedModel.committed("llama3-gqa-tied").load(backend)) {
            assertThatThrownBy(() -> LoraAdapter.read(folder, other, scope))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("down_proj.lora_A.weight is F32 [4, 192], the model needs [4, 128]");
        }
    }

    private static Path shared(String name) {
        Path committed = Path.of("src", "test", "resources", "oracle", "lora", name);
        if (Files.exists(committed)) {
            return committed;
        }
        String shared = System.getProperty(
                "errata.shared", Path.of("..", "..", "shared").toString());
        Path path = Path.of(shared, "oracle", "lora", name);
        assumeThat(path).as("recorded data, absent here").exists();
        return path;
    }

    @ParameterizedTest
    @ValueSource(strings = {"lora-all7", "lora-qv", "rslora", "patterns", "dora"})
    void givesPeftsLogits(String name) {
        RecordedModel recorded = new RecordedModel(shared(name));
        LoraAdapter.read(recorded.folder(), decoder, scope).attach(decoder);
        float[] ours = Scoring.of(decoder, recorded.rows("input_ids")).logits();
        float[] theirs = recorded.floats("logits");
        assertThat(ours).hasSameSizeAs(theirs);
        for (int i = 0; i < ours.length; i++) {
            assertThat(Math.abs(ours[i] - theirs[i])).as("logit %d", i).isLessThanOrEqualTo(2e-4f);
        }
    }

    @Test
    void aNewDoraAdapterChangesNothingButRoundings() {
        float[] before = Scoring.of(decoder, TEXT).logits();
        LoraSpec config = config(4, "all-linear", "lm_head").withDora(true);
        LoraAdapter.create(decoder, config, 1, scope).attach(decoder);
        float[] after = Scoring.of(decoder, TEXT).logits();
        for (int i = 0; i < before.length; i++) {
            assertThat(Math.abs(after[i] - before[i])).as("logit %d", i).isLessThanOrEqualTo(2e-5f);
        }
    }

    @Test
    void namesAreAsPeftWritesThem() {
        SavedModules saved = new SavedModules(List.of("model.norm", "lm_head"), "none", false);
        LoraSpec config = config(2, "embed_tokens", "v_proj").withSaved(saved);
        assertThat(LoraAdapter.create(decoder, config, 1, scope).tensors().keySet())
                .contains(
                        "base_model.model.model.embed_tokens.lora_embedding_A",
                        "base_model.model.model.embed_tokens.lora_embedding_B",
                        "base_model.model.model.layers.0.self_attn.v_proj.lora_A.weight",
                        "base_model.model.model.norm.weight",
                        "base_model.model.lm_head.weight")
                .hasSize(8);
        LoraSpec dora = config(2, "v_proj").withDora(true);
        assertThat(LoraAdapter.create(decoder, dora, 1, scope).tensors().keySet())
                .contains("base_model.model.model.layers.1.self_attn.v_proj.lora_magnitude_vector")
                .hasSize(6);
    }

    @Test
    void whatItCannotKeepTogetherIsRefused() {
        LoraSpec dora = config(2, "embed_tokens").withDora(true);
        assertThatThrownBy(() -> LoraAdapter.create(decoder, dora, 1, scope))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("use_dora with embed_tokens");
        try (Decoder tied = RecordedModel.committed("llama3-gqa-tied").load(backend)) {
            LoraSpec both = config(2, "lm_head").withSaved(new SavedModules(List.of(), "none", true));
            assertThatThrownBy(() -> LoraAdapter.create(tied, both, 1, scope))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("ensure_weight_tying");
        }
    }

    @Test
    void aTiedOutputLayerStaysTiedWhereTheAdapterSaysSo() throws IOException {
        try (Decoder tied = RecordedModel.committed("llama3-gqa-tied").load(backend)) {
            LoraSpec config = config(2, "q_proj").withSaved(new SavedModules(List.of("embed_tokens"), "none", true));
            LoraAdapter adapter = LoraAdapter.create(tied, config, 1, scope);
            adapter.attach(tied);
            assertThat(tied.weight("lm_head.weight")).isEqualTo(tied.weight("model.embed_tokens.weight"));
            adapter.save(folder, tied);
            LoraAdapter again = LoraAdapter.read(folder, tied, scope);
            assertThat(again.tensors().keySet()).doesNotContain("base_model.model.lm_head.weight");
            assertThat(again.whole().tiesOutput()).isTrue();
        }
    }
}
