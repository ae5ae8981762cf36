package dev.errata.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Patterns that match the empty text, with pieces recorded from tokenizers 0.23. */
class EmptyMatchTest {
    private static TextPattern pattern(String regex) {
        var json = JsonNodeFactory.instance.objectNode().put("Regex", regex);
        return TextPattern.read(new JsonPart(json, "tokenizer.json", "pattern"));
    }

    private static List<String> pieces(String regex, SplitBehavior behavior, boolean invert, String text) {
        List<PreTokenizer.Piece> out = new ArrayList<>();
        new PreTokenizer.Split(pattern(regex), behavior, invert).split(new PreTokenizer.Piece(text, true), out);
        return out.stream().map(PreTokenizer.Piece::text).toList();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "(?=(\\d{3})+(?!\\d)); ISOLATED; 1234567; 1/234/567",
                "\\b; ISOLATED; ab, c; ab/, /c",
                "\\B; ISOLATED; 😀a😀; 😀a😀",
                "x*; REMOVED; axxb; a/b",
                "x*; ISOLATED; axxb; a/xx/b",
                "(?=[A-Z]); MERGED_WITH_PREVIOUS; aXbXc; a/Xb/Xc",
                "(?=[A-Z]); MERGED_WITH_NEXT; aXbXc; a/Xb/Xc",
                "(?=[A-Z]); CONTIGUOUS; aXbXc; a/Xb/Xc",
                "|a; ISOLATED; bab; b/a/b"
            })
    void cutTheTextWithoutTakingAnyOfIt(String regex, SplitBehavior behavior, String text, String pieces) {
        assertThat(pieces(regex, behavior, false, text)).isEqualTo(Arrays.asList(pieces.split("/")));
    }

    @Test
    void areFoundBetweenCodePointsAndAtLineEnds() {
        assertThat(pieces("", SplitBehavior.ISOLATED, true, "a😀b")).containsExactly("a", "😀", "b");
        assertThat(pieces("$", SplitBehavior.ISOLATED, false, "a\nb\n")).containsExactly("a", "\nb", "\n");
    }

    @Test
    void areReplacedEachOnceButNotInAnEmptyText() {
        Normalizer replace = new Normalizer.Replace(pattern("x*"), "_");
        assertThat(replace.normalize("axxb")).isEqualTo("_a_b_");
        assertThat(replace.normalize("")).isEmpty();
        assertThat(new Normalizer.Replace(TextPattern.literal(""), "_").normalize("ab"))
                .isEqualTo("_a_b_");
    }
}
