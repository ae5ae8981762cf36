package dev.errata.bench.gpu;

import dev.errata.kernels.cuda.CudaDriver;
import dev.errata.tensor.Philox;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** Arrays of random numbers in device memory, freed together. */
final class DeviceArrays implements AutoCloseable {
    private static final int SEED = 41;
    private static final int DRAWN = 1 << 20;
    private static final float[] NORMAL = normal();

    private final CudaDriver driver;
    private final List<Long> addresses = new ArrayList<>();
    private long stream;

    DeviceArrays(CudaDriver driver) {
        this.driver = driver;
    }

    /** Memory with undefined contents. */
    long empty(long bytes) {
        long address = driver.allocate(bytes);
        addresses.add(address);
        return address;
    }

    /** Normal numbers times a factor; a million of them are drawn, and repeated in a longer array. */
    long f32(long count, float factor) {
        return drawn(count, Float.BYTES, factor);
    }

    long bf16(long count, float factor) {
        return drawn(count, Short.BYTES, factor);
    }

    /** Random bytes. */
    long bytes(long count) {
        try (Arena arena = Arena.ofConfined()) {
            int drawn = (int) Math.min(count, DRAWN);
            MemorySegment host = arena.allocate(drawn, 64);
            stream++;
            for (int i = 0; i < drawn; i++) {
                host.set(ValueLayout.JAVA_BYTE, i, (byte) Philox.bits(SEED, stream, i));
            }
            return repeated(host, count);
        }
    }

    long f32(float... values) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment host = arena.allocateFrom(ValueLayout.JAVA_FLOAT, values);
            return repeated(host, host.byteSize());
        }
    }

    long i32(int... values) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment host = arena.allocateFrom(ValueLayout.JAVA_INT, values);
            return repeated(host, host.byteSize());
        }
    }

    private long drawn(long count, int elementBytes, float factor) {
        try (Arena arena = Arena.ofConfined()) {
            int drawn = (int) Math.min(count, DRAWN);
            MemorySegment host = arena.allocate((long) drawn * elementBytes, 64);
            // Each array starts elsewhere in the same numbers.
            int start = (int) (stream++ * 7919 % DRAWN);
            for (int i = 0; i < drawn; i++) {
                float value = factor * NORMAL[(start + i) % DRAWN];
                if (elementBytes == Float.BYTES) {
                    host.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
                } else {
                    host.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) (Float.floatToRawIntBits(value) >>> 16));
                }
            }
            return repeated(host, count * elementBytes);
        }
    }

    private static float[] normal() {
        float[] values = new float[DRAWN];
        for (int i = 0; i < DRAWN; i++) {
            values[i] = (float) Philox.normal(SEED, 0, i);
        }
        return values;
    }

    private long repeated(MemorySegment host, long bytes) {
        long address = empty(bytes);
        driver.upload(host, address, 0);
        driver.synchronize(0);
        for (long filled = host.byteSize(); filled < bytes; filled *= 2) {
            driver.copy(address, address + filled, Math.min(filled, bytes - filled), 0);
        }
        driver.synchronize(0);
        return address;
    }

    @Override
    public void close() {
        addresses.forEach(driver::free);
        addresses.clear();
    }
}
