package dev.errata.model.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EndTokensTest {
    private static List<Integer> ends(int kind, String... tokens) {
        int[] kinds = new int[tokens.length];
        java.util.Arrays.fill(kinds, kind);
        return EndTokens.of(Map.of("tokenizer.ggml.tokens", tokens, "tokenizer.ggml.token_type", kinds));
    }

    @Test
    void endsOfTurnsAreKnownByTheirTexts() {
        assertThat(ends(3, "a", "<|eot_id|>", "<|im_end|>", "<end_of_turn>", "</s>", "<|start|>"))
                .containsExactly(1, 2, 3, 4);
    }

    @Test
    void whatMayBeOrdinaryTextMustBeAControlToken() {
        assertThat(ends(1, "</s>", "[EOS]", "<|end|>")).containsExactly(2);
    }

    @Test
    void anEndOfAMessageIsNoneWhereAnswersHaveSeveral() {
        assertThat(ends(3, "<|return|>", "<|end|>", "<|call|>")).containsExactly(0, 2);
    }

    @Test
    void withoutAVocabularyThereAreNone() {
        assertThat(EndTokens.of(Map.of())).isEmpty();
    }
}
