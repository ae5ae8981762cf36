package dev.errata.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.model.file.TensorEntry;
import dev.errata.model.generate.StopRule;
import dev.errata.model.text.ModelText;
import dev.errata.model.text.TextUntilStop;
import dev.errata.model.weights.ModelSource;
import dev.errata.tensor.Backend;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.reference.ReferenceBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
        assertThat(tokensUntil(text, ids, List.of("bc"))).isEqualTo(3);
        assertThat(tokensUntil(text, ids, List.of())).isEqualTo(-1);
    }

    /** How many of the tokens it takes until a stop text ends them; −1 if none does. */
    private static int tokensUntil(ModelText text, int[] ids, List<String> stop) {
        StopRule rule = text.stopConditions(Set.of(), stop).rules().get();
        for (int i = 0; i < ids.length; i++) {
            if (rule.endsWith(ids[i])) {
                return i + 1;
            }
        }
        return -1;
    }

    @Test
    void aStopTextMayHaveAnyLength() throws IOException {
        ModelText text = ModelText.open(TinyLlama.gguf(folder.resolve("tiny.gguf")), List.of(2));
        int[] ids = new int[400];
        Arrays.fill(ids, 3);
        ids[0] = 4;
        assertThat(tokensUntil(text, ids, List.of("b" + "a".repeat(300)))).isEqualTo(301);
        assertThat(text.text(ids, List.of("b" + "a".repeat(300)))).isEmpty();
    }

    @Test
    void aStopTextMayBeOrHoldASpecialToken() throws IOException {
        ModelText text = ModelText.open(TinyLlama.gguf(folder.resolve("tiny.gguf")), List.of(2));
        int[] ids = {3, 4, 2, 5};
        for (List<String> stop :
                List.of(List.of("</s>"), List.of("b</s>"), List.of("</s>c", "zz"), List.of("b</s>c"))) {
            int needed = stop.getFirst().endsWith("c") ? 4 : 3;
            assertThat(tokensUntil(text, ids, stop)).as("" + stop).isEqualTo(needed);
            assertThat(text.text(ids, stop))
                    .as("" + stop)
                    .isEqualTo(stop.getFirst().startsWith("b") ? "a" : "ab");
        }
        assertThat(text.text(ids, List.of())).isEqualTo("abc");
    }

    @Test
    void textThatMayBeginAStopTextIsHeldBack() throws IOException {
        ModelText text = ModelText.open(TinyLlama.gguf(folder.resolve("tiny.gguf")), List.of(2));
        TextUntilStop stream = text.textUntilStop(List.of("bcx", "c</s>d"));
        assertThat(stream.append(3)).isEqualTo("a");
        assertThat(stream.append(4)).isEmpty();
        assertThat(stream.append(5)).isEmpty();
        assertThat(stream.append(2)).isEmpty();
        assertThat(stream.append(6)).isEqualTo("b");
        assertThat(stream.append(3)).isEmpty();
        assertThat(stream.finish()).isEmpty();
        TextUntilStop goesOn = text.textUntilStop(List.of("bcx"));
        assertThat(goesOn.append(4)).isEmpty();
        assertThat(goesOn.append(5)).isEmpty();
        assertThat(goesOn.finish()).isEqualTo("bc");
    }

    @Test
    void aHeadOfItsOwnCountsBesideATiedConfigAndACopyDoesnt() throws IOException {
        Map<String, TensorEntry> tensors = TinyLlama.tensors();
        float[] untied = logits(TinyLlama.folder(Files.createDirectory(folder.resolve("untied")), tensors));
        Path tied = TinyLlama.folder(Files.createDirectory(folder.resolve("tied")), tensors);
        Path config = tied.resolve("config.json");
        Files.writeString(config, Files.readString(config).replaceFirst("\\{", "{\"tie_word_embeddings\": true,"));
        assertThat(logits(tied)).isEqualTo(untied);
        try (ModelSource source = ModelSource.open(tied)) {
            assertThat(source.config().tieWordEmbeddings()).isFalse();
            assertThat(source.notes()).singleElement().asString().contains("lm_head.weight");
        }
        float[] embedding = tensors.get("model.embed_tokens.weight").toFloats();
        TinyLlama.put(tensors, "lm_head.weight", embedding, 16, 32);
        TinyLlama.folder(tied, tensors);
        Files.writeString(config, Files.readString(config).replaceFirst("\\{", "{\"tie_word_embeddings\": true,"));
        try (ModelSource source = ModelSource.open(tied)) {
            assertThat(source.config().tieWordEmbeddings()).isTrue();
            assertThat(source.notes()).isEmpty();
        }
    }

    @Test
    void oneFileOfAFolderIsNoModel() throws IOException {
        Path model = TinyLlama.folder(folder, TinyLlama.tensors());
        for (String name : List.of("model.safetensors", "config.json")) {
            assertThatThrownBy(() -> ModelSource.open(model.resolve(name)))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("give the folder");
        }
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
