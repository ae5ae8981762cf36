package dev.errata.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.regex.PatternSyntaxException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the tokenizers library's regular expressions match, each match marked. */
class OnigurumaPatternTest {
    @ParameterizedTest
    @CsvSource({
        "'\\d{1,3}+\\d', 123, #",
        "'a{0,2}+b', aaab, #",
        "'\\p{Han}+', a\u4E2D\u56FDb, a#b",
        "'[\\p{Hiragana}\\p{Katakana}]+', a\u3072\u30ABb, a#b",
        "'\\p{^L}', a1, a#",
        "'[[:alpha:]]+', ab1, #1",
        "'[^[:space:][:punct:]]+', 'a, b', '#, #'",
        "'\\h+', xyzAf9, xyz#",
        "'\\\\h', '\\h', #",
        "'a++a', aaa, aaa",
        "'(?i:''S)', '''\u017F', #",
        "'\\p{N}{1,3}', 1234, ##"
    })
    void matchesAsOnigurumaDoes(String regex, String text, String marked) {
        assertThat(TextPattern.known(regex).replaceAll(text, "#")).isEqualTo(marked);
    }

    @Test
    void onlyALineFeedEndsALine() {
        assertThat(TextPattern.known(".+").replaceAll("a\rb\u2028c\nd", "#")).isEqualTo("#\n#");
        assertThat(TextPattern.known("^b$").replaceAll("a\nb\nc", "#")).isEqualTo("a\n#\nc");
    }

    @Test
    void whatJavaCannotSayIsRefused() {
        assertThatThrownBy(() -> TextPattern.known("a{2,3}+")).isInstanceOf(PatternSyntaxException.class);
        assertThatThrownBy(() -> TextPattern.known("[[:graph:]]")).isInstanceOf(PatternSyntaxException.class);
    }
}
