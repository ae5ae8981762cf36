package dev.errata.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.text.Normalizer.Form;
import org.junit.jupiter.api.Test;

class EarlierUnicodeTest {
    @Test
    void marksOfLaterVersionsAreNotReordered() {
        String later = "a\u0301\u08CF";
        assertThat(java.text.Normalizer.normalize(later, Form.NFD)).isNotEqualTo(later);
        assertThat(EarlierUnicode.normalize(later, Form.NFD)).isEqualTo(later);
    }

    @Test
    void lettersOfLaterVersionsNeitherComposeNorDecompose() {
        String composed = "\uD801\uDDC9"; // U+105C9
        String parts = "\uD801\uDDD2\u0307"; // U+105D2 and a dot above
        assertThat(EarlierUnicode.normalize(composed, Form.NFKD)).isEqualTo(composed);
        assertThat(EarlierUnicode.normalize(parts, Form.NFC)).isEqualTo(parts);
        assertThat(EarlierUnicode.normalize("\u32FF", Form.NFKC)).isEqualTo("\u32FF");
    }

    @Test
    void whatStandsAroundThemIsNormalized() {
        assertThat(EarlierUnicode.normalize("e\u0301\u32FFe\u0301", Form.NFC)).isEqualTo("\u00E9\u32FF\u00E9");
        assertThat(EarlierUnicode.normalize("", Form.NFC)).isEmpty();
        assertThat(EarlierUnicode.normalize("cafe\u0301", Form.NFC)).isEqualTo("caf\u00E9");
    }

    @Test
    void accentsAreAllKindsOfMarks() {
        assertThat(EarlierUnicode.ACCENTS.replaceAll("\u0939\u093F\u0928\u094D", ""))
                .isEqualTo("\u0939\u0928");
        assertThat(EarlierUnicode.ACCENTS.replaceAll("\u1CF2\u07FD", "")).isEqualTo("\u07FD");
    }

    @Test
    void punctuationIsThatOfUnicodeEight() {
        assertThat(EarlierUnicode.PUNCTUATION.replaceAll("a,\u166D\u2E52$", "")).isEqualTo("a\u2E52");
    }
}
