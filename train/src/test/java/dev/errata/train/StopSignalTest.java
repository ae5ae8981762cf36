package dev.errata.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class StopSignalTest {
    @Test
    void endsTheWorkAtTheNextCheckOnceItIsRaised() throws InterruptedException {
        StopSignal stop = new StopSignal();
        stop.check();
        assertThat(stop.sleep(1)).isFalse();
        stop.request();
        assertThat(stop.requested()).isTrue();
        assertThat(stop.sleep(60_000)).isTrue();
        assertThatThrownBy(stop::check).isInstanceOf(StoppedException.class);
    }
}
