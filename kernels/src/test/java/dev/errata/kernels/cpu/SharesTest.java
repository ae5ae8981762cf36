package dev.errata.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SharesTest {
    @Test
    void everyThingGoesToOneTaskInOrder() {
        for (int threads : new int[] {1, 2, 3, 16}) {
            for (int things : new int[] {0, 1, 2, 5, 18, 48, 97, 1536, 1 << 20}) {
                Shares shares = new Shares(things, threads);
                assertThat(shares.begin(0)).isZero();
                for (int task = 0; task < shares.count(); task++) {
                    assertThat(shares.begin(task)).isLessThanOrEqualTo(shares.begin(task + 1));
                }
                assertThat(shares.begin(shares.count())).isEqualTo(things);
            }
        }
    }

    @Test
    void theFirstTasksAreTheLargest() {
        Shares shares = new Shares(48, 2);
        assertThat(IntStream.rangeClosed(0, shares.count()).map(shares::begin))
                .containsExactly(0, 12, 24, 30, 36, 39, 42, 45, 48);
    }
}
