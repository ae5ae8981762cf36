package dev.errata.train.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.train.binding.EditDistance;
import dev.errata.train.binding.Spelling;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SpellingTest {
    @Test
    void countsInsertionsDeletionsAndReplacementsInCodePoints() {
        assertThat(EditDistance.between("", "abc")).isEqualTo(3);
        assertThat(EditDistance.between("temprature", "temperature")).isEqualTo(1);
        assertThat(EditDistance.between("scoer", "score")).isEqualTo(2);
        assertThat(EditDistance.between("kitten", "sitting")).isEqualTo(3);
        assertThat(EditDistance.between("😀a", "😁a")).isEqualTo(1);
    }

    @Test
    void suggestsAWordWithTwoLettersSwapped() {
        assertThat(Spelling.nearest("scoer", List.of("score", "train"))).contains("score");
    }

    @Test
    void suggestsTheNearestWordAndNothingForAStranger() {
        List<String> known = List.of("sample", "correct", "train", "eval");
        assertThat(Spelling.nearest("tran", known)).contains("train");
        assertThat(Spelling.nearest("zzzzzz", known)).isEmpty();
        assertThat(Spelling.nearest("x", List.of())).isEmpty();
    }
}
