package dev.errata.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.tensor.BadInputException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GgufVocabularyTest {
    private static Map<String, Object> byteLevel() {
        return new HashMap<>(Map.of(
                "tokenizer.ggml.model",
                "gpt2",
                "tokenizer.ggml.pre",
                "smollm",
                "tokenizer.ggml.tokens",
                new String[] {"<e>", "a", "b", "ab", "1", "Ġ", "11"},
                "tokenizer.ggml.token_type",
                new int[] {3, 1, 1, 1, 1, 1, 1},
                "tokenizer.ggml.merges",
                List.of("a b", "1 1"),
                "tokenizer.ggml.eos_token_id",
                0L));
    }

    private static Map<String, Object> withScores() {
        return new HashMap<>(Map.of(
                "tokenizer.ggml.model",
                "llama",
                "tokenizer.ggml.tokens",
                List.of("<unk>", "<s>", "a", "b", "ab", "\u2581"),
                "tokenizer.ggml.scores",
                new float[] {0, 0, -3, -4, -1, -2},
                "tokenizer.ggml.token_type",
                new int[] {2, 3, 1, 1, 1, 1},
                "tokenizer.ggml.bos_token_id",
                1));
    }

    @Test
    void splitsAndMergesAByteLevelVocabulary() {
        Tokenizer tokenizer = Tokenizer.fromGguf(byteLevel(), "m.gguf");
        assertThat(tokenizer.encode("ab 11<e>", false)).containsExactly(3, 5, 4, 4, 0);
        assertThat(tokenizer.encode("a", true)).containsExactly(1);
        assertThat(tokenizer.eosId()).hasValue(0);
        assertThat(tokenizer.decode(new int[] {3, 5, 6, 0}, true)).isEqualTo("ab 11");
    }

    @Test
    void addsAStartTokenToAVocabularyWithScores() {
        Tokenizer tokenizer = Tokenizer.fromGguf(withScores(), "m.gguf");
        assertThat(tokenizer.encode("ab", true)).containsExactly(1, 5, 4);
        assertThat(tokenizer.decode(new int[] {1, 5, 4}, true)).isEqualTo("ab");
    }

    @Test
    void anEndOfTurnIsAControlTokenWhateverItsType() {
        Map<String, Object> metadata = byteLevel();
        metadata.put("tokenizer.ggml.tokens", new String[] {"<e>", "a", "b", "ab", "1", "\u0120", "11", "<|im_end|>"});
        metadata.put("tokenizer.ggml.token_type", new int[] {3, 1, 1, 1, 1, 1, 1, 1});
        Tokenizer tokenizer = Tokenizer.fromGguf(metadata, "m.gguf");
        assertThat(tokenizer.encode("ab<|im_end|>", false)).containsExactly(3, 7);
        assertThat(tokenizer.decode(new int[] {3, 7}, true)).isEqualTo("ab");
    }

    @Test
    void rowsThatAConverterFilledUpHaveNoText() {
        Map<String, Object> metadata = byteLevel();
        metadata.put("tokenizer.ggml.tokens", new String[] {"<e>", "a", "b", "ab", "1", "11", "[PAD6]", "[PAD1]"});
        metadata.put("tokenizer.ggml.token_type", new int[] {3, 1, 1, 1, 1, 1, 5, 5});
        assertThat(Tokenizer.fromGguf(metadata, "m.gguf").idsWithoutText(9)).containsExactly(6, 8);
    }

    @Test
    void aFileWithoutAVocabularyIsKnown() {
        assertThat(Tokenizer.isInGguf(byteLevel())).isTrue();
        assertThat(Tokenizer.isInGguf(Map.of())).isFalse();
        assertThat(Tokenizer.isInGguf(Map.of("tokenizer.ggml.model", "no_vocab")))
                .isFalse();
    }

    @Test
    void everyKeyThatIsMissingOrWrongIsNamed() {
        for (Map<String, Object> good : List.of(byteLevel(), withScores())) {
            for (String key : good.keySet()) {
                for (Object wrong : new Object[] {-5, new float[] {1}, List.of(1, 2), new String[] {"q"}, Map.of()}) {
                    Map<String, Object> bad = new HashMap<>(good);
                    bad.put(key, wrong);
                    assertThatThrownBy(() -> Tokenizer.fromGguf(bad, "m.gguf"))
                            .isInstanceOf(BadInputException.class)
                            .hasMessageContaining("m.gguf");
                }
            }
        }
    }

    @Test
    void anUnknownSplitIsRefusedByName() {
        Map<String, Object> metadata = byteLevel();
        metadata.put("tokenizer.ggml.pre", "fancy");
        assertThatThrownBy(() -> Tokenizer.fromGguf(metadata, "m.gguf")).hasMessageContaining("fancy");
    }
}
