package dev.errata.model.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.RecordedModel;
import dev.errata.model.decoder.Scoring;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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

    private static LoraConfig config(int r, String... targets) {
        return LoraConfig.plain("base", r, 16, 0.1, List.of(targets), "here");
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
}
