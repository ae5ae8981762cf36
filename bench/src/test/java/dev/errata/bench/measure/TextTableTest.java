package dev.errata.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TextTableTest {
    private static TextTable table() {
        TextTable table = TextTable.of("name", "#tokens/s");
        table.add("a", 12.5);
        table.add("longer, \"b\"", null);
        return table;
    }

    @Test
    void isMarkdownWithNumbersToTheRight() {
        assertThat(table().markdown()).isEqualTo("""
                | name        | tokens/s |
                |:------------|---------:|
                | a           |     12.5 |
                | longer, "b" |          |
                """);
    }

    @Test
    void quotesInCsvWhatNeedsIt() {
        assertThat(table().csv()).isEqualTo("""
                name,tokens_s
                a,12.5
                "longer, ""b""\",
                """);
    }

    @Test
    void refusesARowOfAnotherLength() {
        assertThatThrownBy(() -> table().add("one")).isInstanceOf(IllegalArgumentException.class);
    }
}
