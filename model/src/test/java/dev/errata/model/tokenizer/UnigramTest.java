package dev.errata.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Unigram models. The recorded one was trained for this test with a character map and user-defined pieces: ids.jsonl is what
 * tokenizers 0.23 makes of tokenizer.json, sentencepiece.jsonl what sentencepiece 0.2 makes of tokenizer.model.
 */
class UnigramTest {
    private static final Path FOLDER = Path.of("src/test/resources/tokenizers/unigram");

    @TempDir
    private Path folder;

    private Tokenizer load(String model) throws IOException {
        Files.writeString(
                folder.resolve("tokenizer.json"), "{\"decoder\": {\"type\": \"Fuse\"}, \"model\": " + model + "}");
        return Tokenizer.load(folder);
    }

    @Test
    void aTokenizerJsonGivesTheRecordedIds() {
        Tokenizer tokenizer = Tokenizer.load(FOLDER);
        List<JsonNode> rows = Oracle.rows(FOLDER.resolve("ids.jsonl"));
        assertThat(rows).hasSize(48);
        RecordedTokenizers.encodes(tokenizer, rows);
        RecordedTokenizers.decodes(tokenizer, rows);
        RecordedTokenizers.streams(tokenizer, rows);
    }

    @Test
    void aSentencePieceModelGivesTheRecordedIds() throws IOException {
        Files.copy(FOLDER.resolve("tokenizer.model"), folder.resolve("tokenizer.model"));
        Tokenizer tokenizer = Tokenizer.load(folder);
        List<JsonNode> rows = Oracle.rows(FOLDER.resolve("sentencepiece.jsonl"));
        assertThat(rows).hasSize(48);
        RecordedTokenizers.encodes(tokenizer, rows);
        RecordedTokenizers.decodes(tokenizer, rows);
        RecordedTokenizers.streams(tokenizer, rows);
    }

    @Test
    void theLikeliestWayWinsAndOfEqualOnesTheFirst() throws IOException {
        Tokenizer tokenizer = load("""
                {"type": "Unigram", "unk_id": 0,
                 "vocab": [["?", 0], ["a", -1], ["aa", -2], ["b", -1], ["ab", -1.5], ["aab", -9]]}""");
        assertThat(tokenizer.encode("aab", false)).containsExactly(1, 4);
        assertThat(tokenizer.encode("aaa", false)).containsExactly(1, 2);
        assertThat(tokenizer.encode("axyb", false)).containsExactly(1, 0, 3);
    }

    @Test
    void anOlderFileIsKnownByItsList() throws IOException {
        assertThat(load("{\"unk_id\": 0, \"vocab\": [[\"?\", 0], [\"a\", -1]]}").encode("ab", false))
                .containsExactly(1, 0);
    }

    @Test
    void anUnknownCharacterWithoutATokenForItIsRefused() throws IOException {
        Tokenizer tokenizer = load("{\"type\": \"Unigram\", \"unk_id\": null, \"vocab\": [[\"a\", -1]]}");
        assertThat(tokenizer.encode("aa", false)).containsExactly(0, 0);
        assertThatThrownBy(() -> tokenizer.encode("ab", false))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("tokenizer.json");
    }

    @Test
    void anotherKindIsNamedWhateverItsVocabularyLooksLike() {
        for (String kind : List.of("WordPiece", "WordLevel", "Fancy")) {
            for (String vocab : List.of("[]", "{}", "7")) {
                assertThatThrownBy(() -> load("{\"type\": \"" + kind + "\", \"vocab\": " + vocab + "}"))
                        .isInstanceOf(BadInputException.class)
                        .hasMessageContaining("model " + kind + " isn't supported");
            }
        }
    }

    @Test
    void brokenVocabulariesAreRefused() {
        for (String vocab : List.of("[[\"a\"]]", "[[\"a\", \"b\"]]", "[[1, 1]]", "[\"a\"]", "[[\"a\", 1e999]]")) {
            assertThatThrownBy(() -> load("{\"type\": \"Unigram\", \"unk_id\": 0, \"vocab\": " + vocab + "}"))
                    .as(vocab)
                    .isInstanceOf(BadInputException.class);
        }
        assertThatThrownBy(() -> load("{\"type\": \"Unigram\", \"unk_id\": 5, \"vocab\": [[\"a\", 1]]}"))
                .isInstanceOf(BadInputException.class);
    }

    @Test
    void filesOfOtherTokenizersAreNamed() throws IOException {
        Files.writeString(folder.resolve("tokenizer.model"), "IQ== 0\nIg== 1\n");
        assertThatThrownBy(() -> Tokenizer.load(folder)).hasMessageContaining("tiktoken");
        Files.delete(folder.resolve("tokenizer.model"));
        Files.writeString(folder.resolve("vocab.json"), "{}");
        assertThatThrownBy(() -> Tokenizer.load(folder)).hasMessageContaining("vocab.json");
    }
}
