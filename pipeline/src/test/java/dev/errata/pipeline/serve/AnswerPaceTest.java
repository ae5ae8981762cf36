package dev.errata.pipeline.serve;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AnswerPaceTest {
    private static final long SECOND = 1_000_000_000;

    private final AnswerPace pace = new AnswerPace();

    @Test
    void theWaitIsTheQueueTimesTheRecentTimeBetweenEnds() {
        pace.begin(0);
        for (int i = 1; i <= 200; i++) {
            pace.end(1, i * SECOND / 2);
        }
        assertThat(pace.seconds(10, 101 * SECOND, 600)).isEqualTo(5);
        // Slower from now on: the mean follows.
        long now = 100 * SECOND;
        for (int i = 1; i <= 200; i++) {
            pace.end(1, now += 3 * SECOND);
        }
        assertThat(pace.seconds(10, now, 600)).isEqualTo(30);
    }

    @Test
    void itIsAtLeastASecondAndAtMostWhatARequestMayTake() {
        pace.begin(0);
        pace.end(1000, SECOND);
        assertThat(pace.seconds(1, SECOND, 600)).isEqualTo(1);
        assertThat(pace.seconds(0, SECOND, 600)).isEqualTo(1);
        pace.end(1, 5000 * SECOND);
        assertThat(pace.seconds(256, SECOND, 600)).isEqualTo(600);
    }

    @Test
    void beforeAnyHasEndedEachTakesAsLongAsTheFirstSoFar() {
        pace.begin(7 * SECOND);
        assertThat(pace.seconds(4, 10 * SECOND, 600)).isEqualTo(12);
    }

    @Test
    void timeWithoutWorkDoesNotCount() {
        pace.begin(0);
        pace.end(1, SECOND);
        pace.begin(1000 * SECOND);
        pace.end(1, 1001 * SECOND);
        assertThat(pace.seconds(3, 1001 * SECOND, 600)).isEqualTo(3);
    }

    @Test
    void manyThatEndTogetherCountEach() {
        pace.begin(0);
        pace.end(64, 16 * SECOND);
        assertThat(pace.seconds(8, 16 * SECOND, 600)).isEqualTo(2);
    }
}
