package dev.errata.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class SpreadTest {
    @Test
    void takesTheMiddleOrTheMeanOfTheTwoInTheMiddle() {
        assertThat(Spread.of(3, 1, 2)).isEqualTo(new Spread(2, 1, 3));
        assertThat(Spread.of(4, 1, 2, 3)).isEqualTo(new Spread(2.5, 1, 4));
        assertThat(Spread.of(5)).isEqualTo(new Spread(5, 5, 5));
        assertThatThrownBy(Spread::of).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void showsThreeDigits() {
        assertThat(Spread.shown(4.567)).isEqualTo("4.57");
        assertThat(Spread.shown(45.67)).isEqualTo("45.7");
        assertThat(Spread.shown(4567)).isEqualTo("4567");
        assertThat(new Spread(2, 1, 30).shownRange()).isEqualTo("1.00-30.0");
    }
}
