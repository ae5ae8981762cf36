package dev.errata.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
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
            blocks[i] = pool.allocate("test", SIZES[i]);
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
                assertThat(pool.allocate("test", size).segment().address() % 64).isZero();
            }
        }
    }

    @Test
    void wastesLessThanACacheLine() {
        try (MemoryPool pool = new MemoryPool()) {
            for (long size = 1; size < 1 << 20; size = size * 9 / 7 + 1) {
                long before = pool.liveBytes();
                pool.allocate("test", size);
                assertThat(pool.liveBytes() - before).isBetween(size, size + 63);
            }
        }
    }

    @Test
    void whatIsReadBackIsWhatWasWrittenToEachBlock() {
        try (MemoryPool pool = new MemoryPool()) {
            List<HostMemory> blocks = new ArrayList<>();
            for (int i = 1; i < 60; i++) {
                blocks.add(pool.allocate("test", 97L * i * i));
                blocks.getLast().segment().fill((byte) i);
            }
            for (int i = 1; i < 60; i++) {
                MemorySegment memory = blocks.get(i - 1).segment();
                assertThat(memory.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) i);
                assertThat(memory.get(ValueLayout.JAVA_BYTE, memory.byteSize() - 1))
                        .isEqualTo((byte) i);
            }
        }
    }

    @Test
    void trimmingGivesBackWhatIsUnused() {
        try (MemoryPool pool = new MemoryPool()) {
            HostMemory small = pool.allocate("test", 100);
            HostMemory large = pool.allocate("test", 50 << 20);
            large.segment().fill((byte) 1);
            assertThat(pool.reservedBytes()).isBetween(50L << 20, 53L << 20);
            pool.free(large);
            assertThat(pool.reservedBytes()).isGreaterThan(50L << 20);
            pool.trim();
            assertThat(pool.reservedBytes()).isEqualTo(pool.rules().slab());
            assertThat(pool.peakReservedBytes()).isBetween(50L << 20, 53L << 20);
            large = pool.allocate("test", 50 << 20);
            large.segment().fill((byte) 2);
            pool.free(large);
            pool.free(small);
            pool.trim();
            assertThat(pool.reservedBytes()).isZero();
        }
    }

    @Test
    void severalThreadsGetMemoryOfTheirOwn() throws InterruptedException {
        try (MemoryPool pool = new MemoryPool()) {
            AtomicInteger torn = new AtomicInteger();
            List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                byte mine = (byte) (t + 1);
                threads.add(Thread.ofPlatform().start(() -> {
                    for (int i = 0; i < 2000; i++) {
                        HostMemory memory = pool.allocate("test", 64 + i % 7 * 300);
                        memory.segment().fill(mine);
                        if (memory.segment().get(ValueLayout.JAVA_BYTE, i % 64) != mine) {
                            torn.incrementAndGet();
                        }
                        pool.free(memory);
                    }
                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(torn).hasValue(0);
            assertThat(pool.liveBytes()).isZero();
        }
    }

    @Test
    void remembersItsPeakUntilReset() {
        try (MemoryPool pool = new MemoryPool()) {
            HostMemory a = pool.allocate("test", 64);
            pool.free(pool.allocate("test", 128));
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
            pool.allocate("test", 64);
            pool.free(new HostMemory(MemorySegment.ofArray(new float[16])));
            assertThat(pool.liveBytes()).isEqualTo(64);
        }
    }

    @Test
    void saysWhatToDoWhenMemoryIsOutAndGoesOn() {
        try (MemoryPool pool = new MemoryPool()) {
            HostMemory kept = pool.allocate("kept", 3000);
            assertThatThrownBy(() -> pool.allocate("test", 1L << 55))
                    .isInstanceOf(RunFailedException.class)
                    .hasMessageContaining("out of memory")
                    .hasMessageContaining("bytes for test beside 3008 in use, most of it by kept (3008 bytes)")
                    .hasMessageContaining("micro_batch_size");
            pool.free(pool.allocate("test", 1000));
            pool.free(kept);
            assertThat(pool.liveBytes()).isZero();
        }
    }
}
