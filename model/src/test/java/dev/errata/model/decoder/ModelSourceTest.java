package dev.errata.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.model.file.TensorEntry;
import dev.errata.model.text.ModelText;
import dev.errata.tensor.Backend;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.reference.ReferenceBackend;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelSourceTest {
    private static final int[] TEXT = {1, 5, 9, 3, 15, 0, 7};

    @TempDir
    private Path folder;

    private static float[] logits(Path model) {
        try (Backend backend = new ReferenceBackend();
                ModelSource source = ModelSource.open(model);
                Decoder decoder = Decoder.load(source.config(), source.weights(), backend, null, Precision.F32)) {
            return Scoring.of(decoder, TEXT).logits();
        }
    }

    @Test
    void aGgufFileAndAFolderOfTheSameWeightsAreTheSameModel() throws IOException {
        float[] fromFolder = logits(TinyLlama.folder(folder, TinyLlama.tensors()));
        assertThat(logits(TinyLlama.gguf(folder.resolve("tiny.gguf")))).isEqualTo(fromFolder);
        assertThat(fromFolder).hasSize(7 * 16).doesNotContain(Float.NaN);
    }

    @Test
    void aGgufFileBringsItsTokenizerAndStopTexts() throws IOException {
        ModelText text = ModelText.open(TinyLlama.gguf(folder.resolve("tiny.gguf")), List.of(2));
        assertThat(text.endId()).isEqualTo(2);
        int[] ids = {3, 4, 5, 6};
        assertThat(text.text(ids, List.of())).isEqualTo("abcd");
        assertThat(text.text(ids, List.of("d", "bc"))).isEqualTo("a");
        assertThat(text.stopRule(List.of("bc")).isDone(ids, 2)).isFalse();
        assertThat(text.stopRule(List.of("bc")).isDone(ids, 3)).isTrue();
        assertThat(text.stopRule(List.of()).isDone(ids, 4)).isFalse();
    }

    @Test
    void namesAMissingTensor() throws IOException {
        Map<String, TensorEntry> tensors = TinyLlama.tensors();
        tensors.remove("model.layers.0.mlp.up_proj.weight");
        refused(tensors, "tensor model.layers.0.mlp.up_proj.weight is missing");
    }

    @Test
    void namesATensorTooMany() throws IOException {
        Map<String, TensorEntry> tensors = TinyLlama.tensors();
        TinyLlama.put(tensors, "model.layers.1.mlp.up_proj.weight", new float[6], 2, 3);
        refused(tensors, "tensor model.layers.1.mlp.up_proj.weight does not belong");
    }

    @Test
    void namesAMisshapenTensorAndBothShapes() throws IOException {
        Map<String, TensorEntry> tensors = TinyLlama.tensors();
        TinyLlama.put(tensors, "model.layers.0.self_attn.k_proj.weight", new float[32 * 32], 32, 32);
        refused(tensors, "k_proj.weight has shape [32, 32], the config asks for [16, 32]");
    }

    private void refused(Map<String, TensorEntry> tensors, String words) throws IOException {
        Path model = TinyLlama.folder(folder, tensors);
        assertThatThrownBy(() -> logits(model))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(words)
                .hasMessageContaining("model.safetensors");
    }

    @Test
    void namesAModelThatIsNotThere() {
        assertThatThrownBy(() -> ModelSource.open(folder.resolve("nowhere")))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("nowhere");
    }
}
