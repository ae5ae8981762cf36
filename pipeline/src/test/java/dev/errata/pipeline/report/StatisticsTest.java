package dev.errata.pipeline.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class StatisticsTest {
    @Test
    void wilsonsIntervalAgreesWithItsPublishedValues() {
        Statistics.Interval half = Statistics.wilson(5, 10);
        assertThat(half.low()).isCloseTo(0.2366, within(1e-4));
        assertThat(half.high()).isCloseTo(0.7634, within(1e-4));
        assertThat(Statistics.wilson(0, 10).low()).isZero();
        assertThat(Statistics.wilson(0, 10).high()).isCloseTo(0.2775, within(1e-4));
        assertThat(Statistics.wilson(10, 10).high()).isEqualTo(1);
        assertThat(Statistics.wilson(0, 0)).isEqualTo(new Statistics.Interval(0, 1));
    }

    @Test
    void mcNemarsTestIsExact() {
        assertThat(Statistics.mcNemar(0, 0)).isEqualTo(1);
        assertThat(Statistics.mcNemar(3, 3)).isEqualTo(1);
        assertThat(Statistics.mcNemar(0, 5)).isCloseTo(2 / 32.0, within(1e-12));
        assertThat(Statistics.mcNemar(8, 2)).isCloseTo(2 * 56 / 1024.0, within(1e-12));
        assertThat(Statistics.mcNemar(600, 700)).isCloseTo(0.0060, within(5e-4));
        assertThat(Statistics.mcNemar(0, 100_000)).isZero();
    }
}
