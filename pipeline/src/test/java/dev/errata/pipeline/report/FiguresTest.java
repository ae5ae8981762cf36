package dev.errata.pipeline.report;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

final class FiguresTest {
    @Test
    void percentsRoundHalfUpFromTheExactFraction() {
        assertThat(NumberFormats.percent(140, 300)).isEqualTo("46.7\u00a0%");
        assertThat(NumberFormats.percent(1, 2000)).isEqualTo("0.1\u00a0%");
        assertThat(NumberFormats.percent(0, 0)).isEqualTo("–");
        assertThat(NumberFormats.percent(300, 300)).isEqualTo("100.0\u00a0%");
    }

    @Test
    void pValuesStayOnTheirSideOfTheLevel() {
        assertThat(NumberFormats.pValue(0.6123)).isEqualTo("p\u00a0=\u00a00.61");
        assertThat(NumberFormats.pValue(0.04996)).isEqualTo("p\u00a0=\u00a00.04996");
        assertThat(NumberFormats.pValue(0.05)).isEqualTo("p\u00a0=\u00a00.05");
        assertThat(NumberFormats.pValue(0.0123)).isEqualTo("p\u00a0=\u00a00.012");
        assertThat(NumberFormats.pValue(1e-9)).isEqualTo("p\u00a0<\u00a00.001");
        assertThat(NumberFormats.pValue(1)).isEqualTo("p\u00a0=\u00a01");
    }

    @Test
    void differencesCarryARealMinusSign() {
        assertThat(NumberFormats.signedPoints(-0.01)).isEqualTo("−1.0");
        assertThat(NumberFormats.signedPoints(0.063)).isEqualTo("+6.3");
        assertThat(NumberFormats.signedPoints(0.0001)).isEqualTo("0.0");
        assertThat(NumberFormats.points(0.01)).isEqualTo("1.0 point");
    }

    @Test
    void ticksAreRoundAndPlain() {
        assertThat(Scale.linear(0, 63.8, 0, 1, 5).ticks()).containsExactly(0.0, 20.0, 40.0, 60.0, 80.0);
        assertThat(Scale.linear(0, 0.3, 0, 1, 3).ticks().stream().map(Scale::label))
                .containsExactly("0", "0.1", "0.2", "0.3");
        assertThat(Scale.integers(1, 1, 0, 1, 6).ticks()).containsExactly(1.0);
        assertThat(Scale.integers(1, 3, 0, 1, 6).ticks()).containsExactly(1.0, 2.0, 3.0);
        assertThat(Scale.integers(1, 3000, 0, 1, 6).ticks()).contains(500.0, 3000.0);
        assertThat(Scale.logarithmic(0.01, 100, 0, 1).ticks()).containsExactly(0.01, 0.1, 1.0, 10.0, 100.0);
        assertThat(Scale.label(2e-5)).isEqualTo("2e-5");
        assertThat(Scale.label(3_000_000)).isEqualTo("3e6");
        assertThat(Scale.label(-2)).isEqualTo("−2");
    }

    @Property(tries = 300)
    void everyLinearScaleHoldsItsValuesAndFewTicks(
            @ForAll @DoubleRange(min = -1e9, max = 1e9) double a,
            @ForAll @DoubleRange(min = -1e9, max = 1e9) double b) {
        double min = Math.min(a, b);
        double max = Math.max(a, b);
        Scale scale = Scale.linear(min, max, 0, 100, 5);
        assertThat(scale.position(min)).isBetween(-1e-6, 100 + 1e-6);
        assertThat(scale.position(max)).isBetween(-1e-6, 100 + 1e-6);
        assertThat(scale.ticks()).hasSizeBetween(2, 9);
    }

    @Test
    void shorteningNeverCutsACharacter() {
        assertThat(Texts.shortened("a\n b 𝄞𝄞𝄞", 6)).isEqualTo("a b…");
        assertThat(Html.escape("\ud834<\r\n>")).isEqualTo("\ufffd&lt;\n&gt;");
    }
}
