package dev.errata.train.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class SpellingTest {
    @Test
    void countsInsertionsDeletionsReplacementsAndSwaps() {
        assertThat(Spelling.distance("", "abc")).isEqualTo(3);
        assertThat(Spelling.distance("temprature", "temperature")).isEqualTo(1);
        assertThat(Spelling.distance("scoer", "score")).isEqualTo(1);
        assertThat(Spelling.distance("kitten", "sitting")).isEqualTo(3);
    }

    @Test
    void suggestsTheNearestWordAndNothingForAStranger() {
        List<String> known = List.of("sample", "correct", "train", "eval");
        assertThat(Spelling.nearest("tran", known)).contains("train");
        assertThat(Spelling.nearest("zzzzzz", known)).isEmpty();
        assertThat(Spelling.nearest("x", List.of())).isEmpty();
    }
}
