package dev.errata.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DevicePoolTest {
    private static final long SLAB = 1 << 20;

    private final CudaDriver driver = TestDevice.open();

    @AfterEach
    void close() {
        driver.close();
    }

    @Test
    void givesOutPiecesThatDontOverlap() {
        Random random = new Random(3);
        try (DevicePool pool = new DevicePool(driver, SLAB)) {
            List<DeviceMemory> live = new ArrayList<>();
            long bytes = 0;
            for (int i = 0; i < 2000; i++) {
                if (random.nextInt(5) < 3 || live.isEmpty()) {
                    DeviceMemory memory = pool.allocate(random.nextInt(random.nextBoolean() ? 200 : 70_000));
                    assertThat(memory.address() % DevicePool.ALIGNMENT).isZero();
                    for (DeviceMemory other : live) {
                        assertThat(memory.address() + Math.max(1, memory.bytes()) <= other.address()
                                        || other.address() + Math.max(1, other.bytes()) <= memory.address())
                                .isTrue();
                    }
                    live.add(memory);
                    bytes += DevicePool.rounded(memory.bytes());
                } else {
                    DeviceMemory memory = live.remove(random.nextInt(live.size()));
                    bytes -= DevicePool.rounded(memory.bytes());
                    pool.free(memory);
                }
                assertThat(pool.liveBytes()).isEqualTo(bytes);
            }
            live.forEach(pool::free);
            assertThat(pool.liveBytes()).isZero();
            pool.trim();
            assertThat(pool.reservedBytes()).isZero();
        }
    }

    @Test
    void joinsFreedNeighboursSoThatOtherSizesFit() {
        try (DevicePool pool = new DevicePool(driver, SLAB)) {
            List<DeviceMemory> small = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                small.add(pool.allocate(SLAB / 16));
            }
            assertThat(pool.reservedBytes()).isEqualTo(SLAB);
            for (int i = 0; i < 16; i += 2) {
                pool.free(small.get(i));
            }
            for (int i = 15; i > 0; i -= 2) {
                pool.free(small.get(i));
            }
            pool.allocate(SLAB);
            assertThat(pool.reservedBytes()).isEqualTo(SLAB);
            assertThat(pool.peakBytes()).isEqualTo(SLAB);
        }
    }

    @Test
    void takesMoreThanASlabAtOnceForALargeTensor() {
        try (DevicePool pool = new DevicePool(driver, SLAB)) {
            DeviceMemory large = pool.allocate(5 * SLAB + 1);
            assertThat(pool.reservedBytes()).isEqualTo(5 * SLAB + DevicePool.ALIGNMENT);
            pool.free(large);
            pool.allocate(3 * SLAB);
            assertThat(pool.reservedBytes()).isEqualTo(5 * SLAB + DevicePool.ALIGNMENT);
        }
    }

    @Test
    void leavesMemoryAloneThatIsNotItsOwn() {
        try (DevicePool pool = new DevicePool(driver, SLAB)) {
            DeviceMemory memory = pool.allocate(1000);
            pool.free(memory.slice(256, 100));
            pool.free(memory);
            pool.free(memory);
            assertThat(pool.liveBytes()).isZero();
        }
    }
}
