package dev.errata.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The recorded sets beside the repository: 300 strings each, exact. */
class SharedTokenizersTest {
    @ParameterizedTest
    @ValueSource(strings = {"bpe-smollm2", "bpe-llama3", "bpe-qwen2", "bpe-llama2-normalizer", "bpe-llama2-metaspace"})
    void tokenizerJsonAgreesOnEveryRecordedString(String name) {
        Path folder = Oracle.shared("oracle/tokenizers/" + name);
        List<JsonNode> rows = Oracle.rows(folder.resolve("ids.jsonl"));
        Tokenizer tokenizer = Tokenizer.load(folder);
        int[] front = Oracle.ids(Oracle.json(folder.resolve("info.json")).get("ids_put_in_front_with_special_tokens"));

        RecordedTokenizers.encodes(tokenizer, rows);
        RecordedTokenizers.encodesWithFront(tokenizer, rows, front);
        RecordedTokenizers.decodes(tokenizer, rows);
        RecordedTokenizers.decodesWithoutSpecialTokens(tokenizer, rows);
        RecordedTokenizers.streams(tokenizer, rows);
    }

    @Test
    void sentencePieceAgreesOnEveryRecordedString() {
        Path folder = Oracle.shared("oracle/tokenizers/sp-llama2");
        List<JsonNode> rows = Oracle.rows(folder.resolve("ids.jsonl"));
        List<JsonNode> plain = rows.stream()
                .filter(row -> !row.get("text").textValue().matches("(?s).*(<s>|</s>|<unk>).*"))
                .toList();
        Tokenizer tokenizer = Tokenizer.load(folder);

        RecordedTokenizers.encodes(tokenizer, plain);
        RecordedTokenizers.encodesWithFront(tokenizer, plain, new int[] {1});
        RecordedTokenizers.decodes(tokenizer, rows);
        RecordedTokenizers.streams(tokenizer, rows);
        assertThat(tokenizer.vocabSize()).isEqualTo(32000);
        assertThat(tokenizer.bosId()).hasValue(1);
        assertThat(tokenizer.eosId()).hasValue(2);
    }

    @Test
    void sentencePieceReadsSpecialTokensInATextAsTransformersDoes() {
        Path folder = Oracle.shared("oracle/tokenizers/sp-llama2");
        Tokenizer tokenizer = Tokenizer.load(folder);
        for (JsonNode row :
                Oracle.json(folder.resolve("hf_special_tokens.json")).get("cases")) {
            assertThat(tokenizer.encode(row.get("text").textValue(), false))
                    .containsExactly(Oracle.ids(row.get("fast_legacy_true")));
        }
    }

    @Test
    void sentencePieceDecodesEveryPrefix() {
        Path folder = Oracle.shared("oracle/tokenizers/sp-llama2");
        Tokenizer tokenizer = Tokenizer.load(folder);
        for (JsonNode row : Oracle.rows(folder.resolve("decode_prefixes.jsonl"))) {
            int[] ids = Oracle.ids(row.get("ids"));
            for (int k = 0; k <= ids.length; k++) {
                assertThat(tokenizer.decode(ids, 0, k, false))
                        .isEqualTo(row.get("decoded_prefixes").get(k).textValue());
            }
        }
    }

    @Test
    void aGgufVocabularyWithScoresAgreesWithItsPublishedVectors() throws IOException {
        Path folder = Oracle.shared("oracle/tokenizers/gguf");
        byte[] file;
        try (InputStream in =
                new GZIPInputStream(Files.newInputStream(folder.resolve("ggml-vocab-llama-spm.gguf.gz")))) {
            file = in.readAllBytes();
        }
        Tokenizer tokenizer = Tokenizer.fromGguf(TinyGguf.metadata(file), "vocab.gguf");
        String[] texts = Files.readString(folder.resolve("ggml-vocab-llama-spm.gguf.inp"))
                .split("\n__ggml_vocab_test__\n", -1);
        String[] lines = Files.readString(folder.resolve("ggml-vocab-llama-spm.gguf.out"))
                .split("\n", -1);
        for (int i = 0; i < texts.length; i++) {
            String ids = lines[i].strip();
            int[] wanted = ids.isEmpty()
                    ? new int[0]
                    : List.of(ids.split(" +")).stream()
                            .mapToInt(Integer::parseInt)
                            .toArray();
            assertThat(tokenizer.encode(texts[i], false)).as(texts[i]).containsExactly(wanted);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"smollm2-135m-instruct", "qwen2.5-coder-0.5b-instruct"})
    void theVocabularyInARealGgufAgreesWithLlamaCpp(String model) throws IOException {
        Map<String, String> files = new TreeMap<>(Map.of(
                "smollm2-135m-instruct", "SmolLM2-135M-Instruct.Q4_1.gguf",
                "qwen2.5-coder-0.5b-instruct", "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"));
        Path recorded = Oracle.shared("models/" + model);
        Path file =
                Path.of(System.getProperty("errata.models", System.getProperty("java.io.tmpdir")), files.get(model));
        Assumptions.assumeTrue(Files.exists(file), () -> "no " + file + " here");
        Tokenizer tokenizer = Tokenizer.fromGguf(TinyGguf.metadata(TinyGguf.head(file)), file.toString());
        List<JsonNode> rows = Oracle.rows(recorded.resolve("tokens.jsonl"));

        RecordedTokenizers.encodes(tokenizer, rows);
        RecordedTokenizers.decodes(tokenizer, rows);
        RecordedTokenizers.streams(tokenizer, rows);
    }
}
