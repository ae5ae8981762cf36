package dev.errata.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Special tokens that tokenizer.json doesn't call so, with ids as transformers 5.24 gives them. */
class NamedTokensTest {
    private static final int[] END = {0, 2, 1};
    private static final String TEXT = "a<|im_end|>b";

    @TempDir
    private Path folder;

    @BeforeEach
    void write() throws IOException {
        write("tokenizer.json", """
                {"added_tokens": [], "decoder": {"type": "Fuse"}, "model": {"type": "BPE", "merges": [], "vocab": {
                  "a": 0, "b": 1, "<|im_end|>": 2, "<|tool|>": 3, "<": 4, "|": 5, "i": 6, "m": 7, "_": 8, "e": 9,
                  "n": 10, "d": 11, ">": 12, "t": 13, "o": 14, "l": 15}}}""");
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }

    private Tokenizer load() {
        return Tokenizer.load(folder);
    }

    @Test
    void withoutANameTheyArePlainText() {
        assertThat(load().encode(TEXT, false)).hasSize(12);
    }

    @Test
    void theConfigNamesThem() throws IOException {
        write("tokenizer_config.json", """
                {"eos_token": "<|im_end|>", "additional_special_tokens": ["<|tool|>", {"content": "<|new|>"}]}""");
        Tokenizer tokenizer = load();
        assertThat(tokenizer.encode(TEXT, false)).isEqualTo(END);
        assertThat(tokenizer.encode("<|tool|>a<|new|>", false)).containsExactly(3, 0, 16);
        assertThat(tokenizer.eosId()).hasValue(2);
        assertThat(tokenizer.decode(new int[] {0, 2, 3, 1}, true)).isEqualTo("ab");
    }

    @Test
    void theMapAloneNamesThem() throws IOException {
        write("special_tokens_map.json", """
                {"eos_token": {"content": "<|im_end|>", "lstrip": false}, "additional_special_tokens": ["<|tool|>"]}""");
        Tokenizer tokenizer = load();
        assertThat(tokenizer.encode(TEXT, false)).isEqualTo(END);
        assertThat(tokenizer.eosId()).hasValue(2);
        assertThat(tokenizer.decode(new int[] {0, 2, 3, 1}, true)).isEqualTo("ab");
    }

    @Test
    void theMapCountsMoreUnlessTheConfigTellsAllAddedTokens() throws IOException {
        write("special_tokens_map.json", "{\"eos_token\": \"<|im_end|>\"}");
        write("tokenizer_config.json", "{\"eos_token\": \"<|tool|>\"}");
        assertThat(load().eosId()).hasValue(2);
        write("tokenizer_config.json", """
                {"eos_token": "<|tool|>", "added_tokens_decoder": {"3": {"content": "<|tool|>", "special": true}}}""");
        assertThat(load().eosId()).hasValue(3);
    }

    @Test
    void theyTakeTheSpacesThatTheirEntrySays() throws IOException {
        write("tokenizer_config.json", """
                {"eos_token": {"content": "<|im_end|>", "lstrip": true, "rstrip": true}, "pad_token": "<|x|>"}""");
        assertThat(load().encode("a <|im_end|>  b", false)).isEqualTo(END);
        assertThat(load().encode("<|x|><|im_end|>", false)).containsExactly(16, 2);
    }

    @Test
    void modelSpecificOnesAreFoundToo() throws IOException {
        write("tokenizer_config.json", "{\"extra_special_tokens\": {\"image_token\": \"<|tool|>\"}}");
        assertThat(load().encode("<|tool|>a", false)).containsExactly(3, 0);
    }

    @Test
    void anAddedTokenThatTheConfigCallsSpecialIsSpecial() throws IOException {
        write("tokenizer.json", """
                {"added_tokens": [{"id": 1, "content": "<e>", "special": false}], "decoder": {"type": "Fuse"},
                 "model": {"type": "BPE", "merges": [], "vocab": {"a": 0}}}""");
        write("tokenizer_config.json", """
                {"added_tokens_decoder": {"1": {"content": "<e>", "special": true}}}""");
        assertThat(load().decode(new int[] {0, 1}, true)).isEqualTo("a");
    }

    @Test
    void idsWithoutATextAreThoseBeyondAndBetween() throws IOException {
        write("tokenizer.json", """
                {"model": {"type": "BPE", "merges": [], "vocab": {"a": 0, "b": 3}}}""");
        assertThat(load().idsWithoutText(6)).containsExactly(1, 2, 4, 5);
        assertThat(load().idsWithoutText(1)).isEmpty();
    }
}
