package dev.errata.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MemoryPoolTest {
    private static final long[] SIZES = {0, 1, 64, 65, 1000, 4096, 4097, 100_003};

    @Test
    void theSecondRoundTakesNoNewMemory() {
        try (MemoryPool pool = new MemoryPool()) {
            Set<Long> first = round(pool);
            Set<Long> second = round(pool);
            assertThat(second).isEqualTo(first).hasSize(SIZES.length);
            assertThat(pool.liveBytes()).isZero();
        }
    }

    private static Set<Long> round(MemoryPool pool) {
        HostMemory[] blocks = new HostMemory[SIZES.length];
        Set<Long> addresses = new HashSet<>();
        for (int i = 0; i < SIZES.length; i++) {
            blocks[i] = pool.allocate(SIZES[i]);
            assertThat(blocks[i].bytes()).isEqualTo(SIZES[i]);
            addresses.add(blocks[i].segment().address());
        }
        for (HostMemory block : blocks) {
            pool.free(block);
        }
        return addresses;
    }

    @Test
    void blocksAreAlignedForVectors() {
        try (MemoryPool pool = new MemoryPool()) {
            for (long size : SIZES) {
                assertThat(pool.allocate(size).segment().address() % 64).isZero();
            }
        }
    }

    @Test
    void wastesAtMostAnEighthBeyondSmallSizes() {
        try (MemoryPool pool = new MemoryPool()) {
            for (long size = 512; size < 1 << 20; size = size * 9 / 7 + 1) {
                long before = pool.liveBytes();
                pool.allocate(size);
                assertThat(pool.liveBytes() - before).isBetween(size, size + size / 8);
            }
        }
    }

    @Test
    void remembersItsPeakUntilReset() {
        try (MemoryPool pool = new MemoryPool()) {
            HostMemory a = pool.allocate(64);
            pool.free(pool.allocate(128));
            assertThat(pool.peakBytes()).isEqualTo(192);
            pool.resetPeak();
            assertThat(pool.peakBytes()).isEqualTo(64);
            pool.free(a);
            assertThat(pool.liveBytes()).isZero();
        }
    }

    @Test
    void leavesForeignMemoryAlone() {
        try (MemoryPool pool = new MemoryPool()) {
            pool.allocate(64);
            pool.free(new HostMemory(MemorySegment.ofArray(new float[16])));
            assertThat(pool.liveBytes()).isEqualTo(64);
        }
    }

    @Test
    void saysWhatToDoWhenMemoryIsOutAndGoesOn() {
        try (MemoryPool pool = new MemoryPool()) {
            pool.free(pool.allocate(1000));
            assertThatThrownBy(() -> pool.allocate(1L << 55))
                    .isInstanceOf(RunFailedException.class)
                    .hasMessageContaining("out of memory")
                    .hasMessageContaining("micro_batch_size");
            pool.free(pool.allocate(1000));
            assertThat(pool.liveBytes()).isZero();
        }
    }
}
