package dev.errata.pipeline.correct.openai;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class WaitingTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    @Test
    void readsSecondsAndDates() {
        assertThat(RetryAfter.millis("3", NOW)).isEqualTo(3000);
        assertThat(RetryAfter.millis(" 0.5 ", NOW)).isEqualTo(500);
        assertThat(RetryAfter.millis("Thu, 01 Jan 2026 00:00:07 GMT", NOW)).isEqualTo(7000);
        assertThat(RetryAfter.millis("Wed, 31 Dec 2025 23:00:00 GMT", NOW)).isZero();
        assertThat(RetryAfter.millis("soon", NOW)).isZero();
        assertThat(RetryAfter.millis("999999999", NOW)).isEqualTo(3_600_000);
    }

    @Test
    void waitsTwiceAsLongEachTimeMoreOrLess() {
        for (int failed = 1; failed < 20; failed++) {
            double middle = Math.min(30_000, 250 * Math.pow(2, failed - 1));
            Set<Long> waits = new HashSet<>();
            for (int request = 0; request < 20; request++) {
                long wait = Backoff.millis(failed, request);
                assertThat((double) wait).isBetween(middle * 0.66, middle * 1.34);
                waits.add(wait);
            }
            assertThat(waits).hasSizeGreaterThan(10);
        }
    }

    @Test
    void spreadsRequestsOverTheMinute() {
        Pace pace = new Pace(600);
        assertThat(pace.take()).isZero();
        assertThat(pace.take()).isBetween(50L, 100L);
        assertThat(pace.take()).isBetween(150L, 200L);
        assertThat(new Pace(0).take()).isZero();
    }
}
