package dev.errata.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BlockAllocatorTest {
    private static final int ALIGNMENT = 64;
    private static final long SLAB = 1 << 16;
    private static final long START = 1L << 30;

    /** A system with so much memory, whose slabs lie downward and next to each other, or upward as one. */
    private static final class Machine implements BlockAllocator.Slabs {
        private final Map<Long, Long> taken = new HashMap<>();
        private final boolean grows;
        private long room;
        private long lowest = 1L << 40;

        Machine(long room, boolean grows) {
            this.room = room;
            this.grows = grows;
        }

        static Machine endless(boolean grows) {
            return new Machine(Long.MAX_VALUE, grows);
        }

        @Override
        public long take(long bytes) {
            if (bytes > room) {
                return NONE;
            }
            room -= bytes;
            if (grows) {
                long before = taken.getOrDefault(START, 0L);
                taken.put(START, before + bytes);
                return START + before;
            }
            lowest -= (bytes + ALIGNMENT - 1) & -ALIGNMENT;
            taken.put(lowest, bytes);
            return lowest;
        }

        @Override
        public void giveBack(long address, long bytes) {
            room += bytes;
            if (grows) {
                long before = taken.get(START);
                assertThat(address).as("only the end goes back").isEqualTo(START + before - bytes);
                taken.put(START, before - bytes);
                taken.remove(START, 0L);
            } else {
                assertThat(taken.remove(address)).isEqualTo(bytes);
            }
        }

        boolean holds(long address, long bytes) {
            return taken.entrySet().stream()
                    .anyMatch(slab -> slab.getKey() <= address && address + bytes <= slab.getKey() + slab.getValue());
        }
    }

    private record Given(long address, long bytes) {}

    private static MemoryRules slabs(long slab) {
        return new MemoryRules(ALIGNMENT, slab, false);
    }

    static List<MemoryRules> rules() {
        return List.of(slabs(0), slabs(1024), slabs(SLAB), new MemoryRules(ALIGNMENT, 4096, true), MemoryRules.HOST);
    }

    @ParameterizedTest
    @MethodSource("rules")
    void blocksNeverOverlapAndJoinWhenFreed(MemoryRules rules) {
        for (int seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            Machine machine = Machine.endless(rules.grows());
            BlockAllocator blocks = new BlockAllocator(rules, machine);
            List<Given> live = new ArrayList<>();
            long held = 0;
            long most = 0;
            for (int i = 0; i < 600; i++) {
                if (random.nextInt(5) < 3 || live.isEmpty()) {
                    long bytes = random.nextInt(random.nextBoolean() ? 300 : 40_000);
                    Given given = new Given(blocks.allocate("block", bytes), bytes);
                    requireApart(given, live, machine);
                    live.add(given);
                    held += blocks.rules().rounded(bytes);
                } else {
                    Given given = live.remove(random.nextInt(live.size()));
                    held -= blocks.rules().rounded(given.bytes());
                    assertThat(blocks.free(given.address())).isTrue();
                    assertThat(blocks.free(given.address())).isFalse();
                }
                most = Math.max(most, held);
                assertThat(blocks.liveBytes()).isEqualTo(held);
                assertThat(blocks.reservedBytes())
                        .isEqualTo(machine.taken.values().stream()
                                .mapToLong(Long::longValue)
                                .sum())
                        .isGreaterThanOrEqualTo(held);
            }
            assertThat(blocks.peakBytes()).isEqualTo(most);
            live.forEach(given -> blocks.free(given.address()));
            assertThat(blocks.liveBytes()).isZero();
            blocks.trim();
            assertThat(blocks.reservedBytes())
                    .as("every slab is one free block again")
                    .isZero();
            assertThat(machine.taken).isEmpty();
        }
    }

    private static void requireApart(Given given, List<Given> live, Machine machine) {
        long bytes = Math.max(1, given.bytes());
        assertThat(given.address() % ALIGNMENT).isZero();
        assertThat(machine.holds(given.address(), bytes)).isTrue();
        for (Given other : live) {
            assertThat(given.address() + bytes <= other.address()
                            || other.address() + Math.max(1, other.bytes()) <= given.address())
                    .as("%s and %s", given, other)
                    .isTrue();
        }
    }

    /** Steps of unequal lengths, each with the shape of a training step: kept tensors between passing ones. */
    @Test
    void stepsOfUnequalLengthsDontFragment() {
        BlockAllocator blocks = new BlockAllocator(MemoryRules.HOST, Machine.endless(true));
        Random random = new Random(5);
        long largest = 0;
        for (int step = 0; step < 60; step++) {
            blocks.resetPeak();
            int rows = step == 0 ? 1000 : 100 + random.nextInt(900);
            step(blocks, rows);
            largest = Math.max(largest, blocks.peakBytes());
        }
        assertThat(blocks.liveBytes()).isZero();
        assertThat(blocks.reservedBytes()).isLessThan(largest * 21 / 20);
    }

    private static void step(BlockAllocator blocks, long rows) {
        List<Long> kept = new ArrayList<>();
        for (int layer = 0; layer < 12; layer++) {
            long normed = blocks.allocate("normed", rows * 2304);
            kept.add(blocks.allocate("q", rows * 2304));
            kept.add(blocks.allocate("lse", rows * 36));
            long mixed = blocks.allocate("mixed", rows * 2304);
            kept.add(blocks.allocate("gate", rows * 6144));
            blocks.free(normed);
            kept.add(blocks.allocate("up", rows * 6144));
            long out = blocks.allocate("out", rows * 2304);
            blocks.free(mixed);
            blocks.free(out);
        }
        long logits = blocks.allocate("logits", 512 * 40_000);
        blocks.free(logits);
        for (long address : kept.reversed()) {
            long gradient = blocks.allocate("gradient", rows * 6144);
            blocks.free(address);
            blocks.free(gradient);
        }
    }

    @Test
    void theSecondTimeTakesNothingFromTheSystem() {
        Machine machine = Machine.endless(true);
        BlockAllocator blocks = new BlockAllocator(MemoryRules.HOST, machine);
        step(blocks, 700);
        Map<Long, Long> first = Map.copyOf(machine.taken);
        step(blocks, 700);
        step(blocks, 300);
        step(blocks, 700);
        assertThat(machine.taken).isEqualTo(first);
    }

    @Test
    void unusedSlabsGoBackBeforeMemoryIsOut() {
        Machine machine = new Machine(10 * SLAB, false);
        BlockAllocator blocks = new BlockAllocator(slabs(SLAB), machine);
        long first = blocks.allocate("first", 6 * SLAB);
        blocks.free(first);
        assertThat(blocks.allocate("second", 9 * SLAB)).isNotEqualTo(BlockAllocator.Slabs.NONE);
        assertThat(blocks.reservedBytes()).isEqualTo(9 * SLAB);
        assertThat(blocks.allocate("third", 2 * SLAB)).isEqualTo(BlockAllocator.Slabs.NONE);
        assertThat(blocks.peakReservedBytes()).isEqualTo(9 * SLAB);
    }

    @Test
    void whereAWholeSlabIsTooMuchTheTensorsOwnSizeIsTaken() {
        BlockAllocator blocks = new BlockAllocator(slabs(SLAB), new Machine(SLAB - 1, false));
        assertThat(blocks.allocate("small", 640)).isNotEqualTo(BlockAllocator.Slabs.NONE);
        assertThat(blocks.reservedBytes()).isLessThan(SLAB);
    }

    @Test
    void aRangeGrowsByWhatLacksAndShrinksByWhatIsFreeAtItsEnd() {
        Machine machine = Machine.endless(true);
        BlockAllocator blocks = new BlockAllocator(new MemoryRules(ALIGNMENT, 4096, true), machine);
        long first = blocks.allocate("first", 3000);
        long second = blocks.allocate("second", 3000);
        assertThat(second).isEqualTo(first + 3008);
        assertThat(blocks.reservedBytes()).isEqualTo(8192);
        blocks.free(second);
        assertThat(blocks.allocate("third", 9000)).isEqualTo(second);
        assertThat(blocks.reservedBytes()).isEqualTo(12288);
        blocks.free(second);
        blocks.trim();
        assertThat(blocks.reservedBytes()).isEqualTo(4096);
        assertThat(blocks.allocate("fourth", 9000)).isEqualTo(second);
        blocks.close();
        assertThat(machine.taken).isEmpty();
    }

    @Test
    void tellsWhatHoldsMost() {
        BlockAllocator blocks = new BlockAllocator(slabs(SLAB), Machine.endless(false));
        blocks.allocate("gradient", 1000);
        long freed = blocks.allocate("logits", 9000);
        blocks.allocate("gradient", 2000);
        blocks.allocate("ids", 10);
        assertThat(blocks.largest(2)).isEqualTo("logits (9024 bytes), 2 x gradient (3072 bytes)");
        blocks.free(freed);
        assertThat(blocks.holders())
                .containsExactly(new MemoryHolder("gradient", 3072, 2), new MemoryHolder("ids", 64, 1));
    }

    /** The meta device counts with other addresses; the choice among equal blocks must not hang on them. */
    @Test
    void addressesOfSlabsChangeNothing() {
        BlockAllocator down = new BlockAllocator(slabs(1024), Machine.endless(false));
        BlockAllocator up = new BlockAllocator(slabs(1024), new BlockAllocator.Slabs() {
            private long end;

            @Override
            public long take(long bytes) {
                end += bytes + ALIGNMENT;
                return (end - bytes) & -ALIGNMENT;
            }

            @Override
            public void giveBack(long address, long bytes) {}
        });
        Random random = new Random(11);
        List<long[]> live = new ArrayList<>();
        for (int i = 0; i < 3000; i++) {
            if (random.nextInt(9) < 5 || live.isEmpty()) {
                long bytes = random.nextInt(3000);
                live.add(new long[] {down.allocate("x", bytes), up.allocate("x", bytes)});
            } else {
                long[] pair = live.remove(random.nextInt(live.size()));
                down.free(pair[0]);
                up.free(pair[1]);
            }
            assertThat(down.reservedBytes()).isEqualTo(up.reservedBytes());
        }
    }
}
