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
        assertThat(Patterns.compile(regex).matcher(text).replaceAll("#")).isEqualTo(marked);
    }

    @Test
    void onlyALineFeedEndsALine() {
        assertThat(Patterns.compile(".+").matcher("a\rb\u2028c\nd").replaceAll("#"))
                .isEqualTo("#\n#");
        assertThat(Patterns.compile("^b$").matcher("a\nb\nc").replaceAll("#")).isEqualTo("a\n#\nc");
    }

    @Test
    void whatJavaCannotSayIsRefused() {
        assertThatThrownBy(() -> Patterns.compile("a{2,3}+")).isInstanceOf(PatternSyntaxException.class);
        assertThatThrownBy(() -> Patterns.compile("[[:graph:]]")).isInstanceOf(PatternSyntaxException.class);
    }
}
