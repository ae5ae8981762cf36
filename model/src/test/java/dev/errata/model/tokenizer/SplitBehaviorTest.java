package dev.errata.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The examples of the tokenizers library's own documentation, on {@code the-final--countdown}. */
class SplitBehaviorTest {
    @ParameterizedTest
    @CsvSource({
        "REMOVED, the final countdown",
        "ISOLATED, the - final - - countdown",
        "MERGED_WITH_PREVIOUS, the- final- - countdown",
        "MERGED_WITH_NEXT, the -final - -countdown",
        "CONTIGUOUS, the - final -- countdown"
    })
    void splitsAsDocumented(SplitBehavior behavior, String pieces) {
        List<PreTokenizer.Piece> out = new ArrayList<>();
        new PreTokenizer.Split(TextPattern.literal("-"), behavior, false)
                .split(new PreTokenizer.Piece("the-final--countdown", true), out);
        assertThat(out).extracting(PreTokenizer.Piece::text).containsExactly(pieces.split(" "));
    }
}
