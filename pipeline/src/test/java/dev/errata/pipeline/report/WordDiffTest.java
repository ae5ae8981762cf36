package dev.errata.pipeline.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class WordDiffTest {
    private static String shown(List<WordDiff.Piece> pieces) {
        return pieces.stream()
                .map(piece -> piece.changed() ? "[" + piece.text() + "]" : piece.text())
                .collect(Collectors.joining());
    }

    private static void differs(String before, String after, String shownBefore, String shownAfter) {
        WordDiff diff = WordDiff.of(before, after).orElseThrow();
        assertThat(shown(diff.before())).isEqualTo(shownBefore);
        assertThat(shown(diff.after())).isEqualTo(shownAfter);
    }

    @Test
    void theWordsOfOneTextAloneAreMarked() {
        differs(
                "Ann has 2 + 3 = 6 apples now.",
                "Ann has 2 * 3 = 6 apples.",
                "Ann has 2 [+ ]3 = 6 [apples now.]",
                "Ann has 2 [* ]3 = 6 [apples.]");
        differs("one two three four", "two three four", "[one ]two three four", "two three four");
        differs("two three", "two three four", "two three", "two three [four]");
    }

    @Test
    void equalTextsAndTextsWithLittleInCommonAreLeftAlone() {
        assertThat(WordDiff.of("the same words", "the same words")).isEmpty();
        assertThat(WordDiff.of("the same words", "the  same\nwords")).isEmpty();
        assertThat(WordDiff.of("alpha beta gamma", "delta epsilon gamma zeta")).isEmpty();
        assertThat(WordDiff.of("", "words")).isEmpty();
        assertThat(WordDiff.of("word ".repeat(201), "word ".repeat(201) + "more"))
                .isEmpty();
    }
}
