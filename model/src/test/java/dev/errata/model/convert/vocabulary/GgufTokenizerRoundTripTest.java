package dev.errata.model.convert.vocabulary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.model.tokenizer.Oracle;
import dev.errata.model.tokenizer.TinySentencePiece;
import dev.errata.model.tokenizer.Tokenizer;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A folder's tokenizer into the keys of a GGUF file and back into a folder. */
class GgufTokenizerRoundTripTest {
    @TempDir
    Path folder;

    private final List<String> notes = new ArrayList<>();

    private Map<String, Object> keys(Path from, int size) {
        return GgufVocabularyKeys.of(from, size, -1, List.of(), notes::add);
    }

    private Tokenizer back(Map<String, Object> keys) throws IOException {
        for (Map.Entry<String, byte[]> file :
                GgufTokenizerFiles.of(keys, "m.gguf", notes::add).entrySet()) {
            Files.write(folder.resolve(file.getKey()), file.getValue());
        }
        return Tokenizer.load(folder);
    }

    @ParameterizedTest
    @CsvSource({"bpe-smollm2,smollm,903", "bpe-llama3,llama-bpe,1112", "bpe-qwen2,qwen2,1000"})
    void idsStayThroughAByteLevelVocabulary(String name, String pre, int size) throws IOException {
        Path source = Oracle.resource("tokenizers/" + name);
        Map<String, Object> keys = keys(source, size);
        assertThat(keys).containsEntry("tokenizer.ggml.model", "gpt2").containsEntry("tokenizer.ggml.pre", pre);
        assertThat((String[]) keys.get("tokenizer.ggml.tokens")).hasSize(size);
        Tokenizer original = Tokenizer.load(source);
        Tokenizer embedded = Tokenizer.fromGguf(keys, "m.gguf");
        Tokenizer returned = back(keys);
        for (JsonNode row : Oracle.rows(Oracle.resource("tokenizers/bpe-smollm2/ids.jsonl"))) {
            String text = row.get("text").textValue();
            if (text.contains("<tool>") || !Normalizer.isNormalized(text, Normalizer.Form.NFC)) {
                continue; // what takes spaces with it, and other normal forms, have no place in the file
            }
            int[] ids = original.encode(text, true);
            assertThat(embedded.encode(text, true)).as(text).isEqualTo(ids);
            assertThat(returned.encode(text, true)).as(text).isEqualTo(ids);
            assertThat(returned.decode(ids, true)).as(text).isEqualTo(original.decode(ids, true));
        }
    }

    @Test
    void idsStayThroughAVocabularyWithScores() throws IOException {
        Path source = Oracle.resource("tokenizers/bpe-llama2-normalizer");
        Map<String, Object> keys = keys(source, 1000);
        assertThat(keys)
                .containsEntry("tokenizer.ggml.model", "llama")
                .containsEntry("tokenizer.ggml.add_bos_token", true)
                .containsEntry("tokenizer.ggml.unknown_token_id", 0L);
        Tokenizer original = Tokenizer.load(source);
        Tokenizer returned = back(keys);
        for (String text : List.of("", "a", " two  spaces", "Natalia sold 48/2 clips.\n", "é🦙 0x7F")) {
            int[] ids = original.encode(text, true);
            assertThat(Tokenizer.fromGguf(keys, "m.gguf").encode(text, true)).isEqualTo(ids);
            assertThat(returned.encode(text, true)).isEqualTo(ids);
            assertThat(returned.decode(ids, true)).isEqualTo(original.decode(ids, true));
        }
        assertThat(notes).anyMatch(note -> note.contains("scores"));
    }

    @Test
    void aSentencePieceModelKeepsItsPiecesAndScores() throws IOException {
        Path source = Files.createDirectory(folder.resolve("source"));
        TinySentencePiece model = TinySentencePiece.bpe().pieces("▁a", "b", "▁", "a", "ab");
        Files.write(source.resolve("tokenizer.model"), model.toBytes());
        Files.writeString(
                source.resolve("tokenizer_config.json"),
                "{\"chat_template\": \"{{ messages }}\", \"added_tokens_decoder\": {\"8\": {\"content\": \"<x>\","
                        + " \"special\": false}}, \"pad_token\": \"<x>\"}");
        Map<String, Object> keys = keys(source, 10);
        assertThat((String[]) keys.get("tokenizer.ggml.tokens"))
                .containsExactly("<unk>", "<s>", "</s>", "▁a", "b", "▁", "a", "ab", "<x>", "[PAD9]");
        assertThat((int[]) keys.get("tokenizer.ggml.token_type")).containsExactly(2, 3, 3, 1, 1, 1, 1, 1, 4, 5);
        assertThat((float[]) keys.get("tokenizer.ggml.scores")).startsWith(0, 0, 0, 0, -1, -2, -3, -4, -1000);
        assertThat(keys)
                .containsEntry("tokenizer.ggml.bos_token_id", 1L)
                .containsEntry("tokenizer.ggml.eos_token_id", 2L)
                .containsEntry("tokenizer.ggml.padding_token_id", 8L)
                .containsEntry("tokenizer.chat_template", "{{ messages }}");
        assertThat(back(keys).encode("ab a", true))
                .isEqualTo(Tokenizer.load(source).encode("ab a", true));
    }

    @Test
    void endTokensFillThePlacesThatTheFormatHas() {
        Path source = Oracle.resource("tokenizers/bpe-smollm2");
        Map<String, Object> keys = GgufVocabularyKeys.of(source, 900, 1, List.of(2, 0, 7, 8), notes::add);
        assertThat(keys)
                .containsEntry("tokenizer.ggml.eos_token_id", 2L)
                .containsEntry("tokenizer.ggml.eot_token_id", 0L)
                .containsEntry("tokenizer.ggml.eom_token_id", 7L);
        assertThat(notes).anyMatch(note -> note.contains("[8]"));
    }

    @Test
    void aFolderWithoutTokenizerMakesAFileWithout() {
        Map<String, Object> keys = GgufVocabularyKeys.of(folder, 5, 1, List.of(2), notes::add);
        assertThat(keys).containsEntry("tokenizer.ggml.model", "none").containsEntry("tokenizer.ggml.eos_token_id", 2L);
        assertThat(GgufTokenizerFiles.of(keys, "m.gguf", notes::add)).isEmpty();
        assertThat(notes).hasSize(2);
    }

    @Test
    void refusesATokenizerThatLlamaCppHasNot() throws IOException {
        Path source = Oracle.resource("tokenizers/bpe-smollm2");
        assertThatExceptionOfType(BadInputException.class)
                .isThrownBy(() -> keys(source, 100))
                .withMessageContaining("100 rows");
        String json = Files.readString(source.resolve("tokenizer.json"));
        Files.writeString(
                folder.resolve("tokenizer.json"),
                json.replaceFirst("\"individual_digits\":\\s*true", "\"individual_digits\": false"));
        assertThatExceptionOfType(BadInputException.class)
                .isThrownBy(() -> keys(folder, 900))
                .withMessageContaining("no split like this");
    }
}
