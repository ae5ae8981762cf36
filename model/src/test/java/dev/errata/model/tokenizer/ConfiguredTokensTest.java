package dev.errata.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tokens that tokenizer_config.json or added_tokens.json add to a tokenizer. */
class ConfiguredTokensTest {
    private static final TinySentencePiece MODEL = TinySentencePiece.bpe().pieces("\u2581", "a", "b");

    @TempDir
    private Path folder;

    private Tokenizer load() {
        return Tokenizer.load(folder);
    }

    private int size() throws IOException {
        Files.write(folder.resolve("tokenizer.model"), MODEL.toBytes());
        return load().vocabSize();
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }

    @Test
    void theConfigsTokensAreFoundInAText() throws IOException {
        int next = size();
        write("tokenizer_config.json", """
                {"added_tokens_decoder": {
                  "%d": {"content": "<tool>", "special": false, "rstrip": true},
                  "%d": {"content": "<|end|>", "special": true}}}
                """.formatted(next, next + 1));
        Tokenizer tokenizer = load();
        int a = tokenizer.idOf("a").orElseThrow();
        int space = tokenizer.idOf("\u2581").orElseThrow();
        assertThat(tokenizer.vocabSize()).isEqualTo(next + 2);
        assertThat(tokenizer.encode("a<tool>  a<|end|>", false)).containsExactly(space, a, next, space, a, next + 1);
        assertThat(tokenizer.decode(new int[] {a, next, next + 1}, false)).isEqualTo("a<tool><|end|>");
        assertThat(tokenizer.decode(new int[] {a, next, next + 1}, true)).isEqualTo("a<tool>");
    }

    @Test
    void anOlderFileIsReadWhereTheConfigHasNone() throws IOException {
        int next = size();
        write("added_tokens.json", "{\"<pad>\": %d, \"[INST]\": %d}".formatted(next + 1, next));
        assertThat(load().encode("[INST]<pad>", false)).containsExactly(next, next + 1);
    }

    @Test
    void anIdThatBelongsToAnotherTokenIsRefused() throws IOException {
        int next = size();
        for (String broken :
                List.of("{\"<pad>\": 1}", "{\"a\": " + next + "}", "{\"<pad>\": -1}", "{\"<pad>\": 4000000}")) {
            write("added_tokens.json", broken);
            assertThatThrownBy(this::load).as(broken).isInstanceOf(BadInputException.class);
        }
    }

    @Test
    void anAddedTokenOfNormalizedTextIsDecodedNormalized() throws IOException {
        write("tokenizer.json", """
                {"added_tokens": [{"id": 2, "content": "<X>", "normalized": true, "special": false},
                                  {"id": 3, "content": "<Y>", "normalized": false, "special": false}],
                 "normalizer": {"type": "Lowercase"}, "decoder": {"type": "Fuse"},
                 "model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": []}}
                """);
        Tokenizer tokenizer = load();
        assertThat(tokenizer.encode("A<x><X><Y><y>", false)).startsWith(0, 2, 2, 3);
        assertThat(tokenizer.decode(new int[] {0, 2, 3}, false)).isEqualTo("a<x><Y>");
        assertThat(tokenizer.tokenOf(2)).contains("<X>");
    }
}
